# SPDX-License-Identifier: MIT
"""Notes which exports a stock engine has loaded and agreed with, by the hashes of their files: the normal tests export again,
and compare (tests/export/verified_exports.cpp)."""

import hashlib
import json
import pathlib

FILES = ("config.json", "configuration_decilm.py", "modeling_decilm.py", "model.safetensors", "model.gguf")
MODELS = ("stories-1.6M", "llama-gqa", "llama-all-biases", "llama-gqa-tied-rope-llama3", "qwen2")
SEEDS = ("0", "1", "2", "3", "whole")


def note(path, folders):
    """Adds folders such as llama-gqa-1/hf to a JSON file, those of a few models and plans."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for folder in map(pathlib.Path, folders):
        model, seed = folder.parent.name.rsplit("-", 1)
        if model not in MODELS or seed not in SEEDS:
            continue
        known[f"{folder.parent.name}/{folder.name}"] = {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES if (folder / name).exists()}
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
