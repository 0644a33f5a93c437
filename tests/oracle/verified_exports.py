# SPDX-License-Identifier: MIT
"""Notes which exports a stock engine has loaded and agreed with, by the hashes of their files: the normal tests export again,
and compare (tests/export/verified_exports.cpp)."""

import hashlib
import json
import pathlib

FILES = ("config.json", "configuration_decilm.py", "modeling_decilm.py", "model.safetensors", "model.gguf")
MODELS = ("stories-1.6M", "llama-gqa", "llama-all-biases", "llama-gqa-tied-rope-llama3", "qwen2")
FAMILIES = ("qwen3", "qwen3-tied", "gemma", "gemma2", "gemma3", "gemma3-scaled", "phi3", "phi3-partial", "phi3-longrope",
            "smollm3", "olmo2", "granite", "granite-biases", "baichuan")
PLANS = ("0", "1", "2", "3", "whole", "narrow", "short")


def note(path, folders):
    """Adds folders such as llama-gqa-1/hf to a JSON file, those of a few models and plans."""
    known = json.loads(path.read_text()) if path.exists() else {}
    for folder in map(pathlib.Path, folders):
        model, plan = folder.parent.name.rsplit("-", 1)
        if model not in MODELS + FAMILIES or plan not in PLANS:
            continue
        known[f"{folder.parent.name}/{folder.name}"] = {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES if (folder / name).exists()}
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
