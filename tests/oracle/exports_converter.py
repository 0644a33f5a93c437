#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what the format gguf wrote of unpruned models with what llama.cpp's own converter makes of them.

    MULTIPRUNER_EXPORTS=DIR test_export "[write-families]"
    python3 tests/oracle/exports_converter.py DIR LLAMA_CPP

LLAMA_CPP is a folder with its sources, whose convert_hf_to_gguf.py is in parts (conversion/), as in those of October 2026.
Tensors have to have the same names, shapes, types and bytes, and keys of the architecture the same values, but for some
that one of the two leaves to its default. Baichuan is left out, which we write as a llama, and what the converter does not
write: Granite with Llama 3's rotary scaling. Needs numpy, torch, transformers.
"""

import json
import logging
import pathlib
import sys

import numpy as np

CLASSES = {"qwen3": "Qwen3ForCausalLM", "gemma": "GemmaForCausalLM", "gemma2": "Gemma2ForCausalLM",
           "gemma3_text": "Gemma3ForCausalLM", "phi3": "Phi3ForCausalLM", "smollm3": "SmolLM3ForCausalLM",
           "olmo2": "Olmo2ForCausalLM", "granite": "GraniteForCausalLM"}

# Ours are the sizes that are computed otherwise; the converter takes Granite's from hidden_size / heads, whatever head_dim is.
LEFT_OUT = {"attention.key_length", "attention.value_length", "rope.dimension_count", "rope.freq_base", "vocab_size",
            "rope.scaling.original_context_length"}


def convert(folder, config, target):
    """What the converter makes of a model in float32; tokenizers are not compared."""
    import gguf
    from conversion import ModelBase, get_model_class

    name = CLASSES[config["model_type"]]
    (folder / "config.json").write_text(json.dumps({"original_max_position_embeddings": 64, "rope_theta": 10000.0} | config
                                                   | {"architectures": [name], "torch_dtype": "float32"}))
    vocabulary = {str(i): i for i in range(config["vocab_size"])}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}, "added_tokens": []}))
    converter = get_model_class(name)
    converter.set_vocab = lambda self: None
    converter(folder, gguf.LlamaFileType.ALL_F32, target, hparams=ModelBase.load_hparams(folder, False)).write()


def tensors_of(reader):
    return {tensor.name: tensor for tensor in reader.tensors}


def keys_of(reader):
    keys = {}
    for name, field in reader.fields.items():
        architecture, _, rest = name.partition(".")
        if architecture not in ("GGUF", "general", "multipruner", "tokenizer") and rest not in LEFT_OUT:
            keys[name] = field.contents()
    return keys


def differences(converted, ours):
    theirs, written = tensors_of(converted), tensors_of(ours)
    found = [f"{name}: in one of the files alone" for name in theirs.keys() ^ written.keys()]
    for name in theirs.keys() & written.keys():
        a, b = theirs[name], written[name]
        if a.tensor_type != b.tensor_type or list(a.shape) != list(b.shape) or not np.array_equal(a.data, b.data):
            found.append(f"{name}: differs")
    a, b = keys_of(converted), keys_of(ours)
    return found + [f"{name}: {a.get(name)} and not {b.get(name)}" for name in a.keys() | b.keys()
                    if a.get(name) != b.get(name)]


def main():
    llama_cpp = pathlib.Path(sys.argv[2])
    sys.path[:0] = [str(llama_cpp), str(llama_cpp / "gguf-py")]
    import gguf
    import torch

    logging.disable(logging.CRITICAL)
    same, failed = 0, []
    for case in sorted(pathlib.Path(sys.argv[1]).glob("*-whole")):
        config = json.loads((case / "model/config.json").read_text())
        if config["model_type"] not in CLASSES or (config.get("rope_scaling") or {}).get("rope_type") == "llama3":
            continue
        with torch.inference_mode():
            convert(case / "model", config, case / "converted.gguf")
        found = differences(gguf.GGUFReader(case / "converted.gguf"), gguf.GGUFReader(case / "gguf/model.gguf"))
        failed += [f"{case.name}: {line}" for line in found]
        same += not found
    print(f"{same} files are those of the converter")
    print("\n".join(failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
