#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/tokenizers/classes/golden.json: the special tokens that classes of transformers put around texts.

    pip install transformers==4.57.1
    python tests/oracle/tokenizer_classes.py              # rewrites the committed file; same input, same bytes
    python tests/oracle/tokenizer_classes.py --check      # compares with it instead

A case is a tokenizer_config.json, whether the demo tokenizer.json beside it keeps its post-processor (which puts BOS in
front), and [text, ids_with_special] as AutoTokenizer gives them.
"""
import itertools
import json
import pathlib
import tempfile

import transformers

import golden

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "tokenizers"
CLASSES = ["LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast",
           "GPTNeoXTokenizer", "GPTNeoXTokenizerFast", "GPT2Tokenizer", "Qwen2Tokenizer", "PreTrainedTokenizerFast"]
ADDED = [{}, {"add_bos_token": True}, {"add_bos_token": False}, {"add_bos_token": True, "add_eos_token": True},
         {"add_bos_token": False, "add_eos_token": True}]
TEXTS = ["Once upon a time", "", "<|begin_of_text|>Tom"]


def ids(definition, config):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "tokenizer.json").write_text(json.dumps(definition))
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        return [[text, tokenizer(text)["input_ids"]] for text in TEXTS]


def main():
    demo = json.loads((DATA / "demo" / "tokenizer.json").read_text())
    cases = []
    for name, added, keeps in itertools.product(CLASSES, ADDED, [True, False]):
        config = {"tokenizer_class": name, "bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>", "unk_token": None} | added
        definition = demo if keeps else demo | {"post_processor": None}
        cases.append({"config": config, "keeps_post_processor": keeps, "lines": ids(definition, config)})
    text = "[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]\n"
    golden.make(DATA / "classes" / "golden.json", lambda path: path.write_text(text))


if __name__ == "__main__":
    main()
