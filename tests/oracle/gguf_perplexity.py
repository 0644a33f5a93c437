#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares perplexities of quantised GGUF files: ours, and those of llama.cpp, whose own quantiser makes the files.

    multipruner convert MODEL --format gguf --gguf-type f32 --out DIR
    python3 tests/oracle/gguf_perplexity.py multipruner DIR/model.gguf TEXT

They have to agree to 3 digits: llama.cpp also rounds what goes into a product. Tokens are those of llama.cpp. Needs what
exports_llama_cpp.py needs.
"""

import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile

import exports_llama_cpp as oracle
import numpy as np
import xllamacpp

FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q4_k_m": 15, "q5_k_m": 17,
              "q6_k": 18, "iq4_nl": 25}
WINDOWS, LENGTH = 8, 64


def quantise(library, path, target, file_type):
    parameters = library.llama_model_quantize_default_params()
    parameters.set(4, file_type)  # behind the number of threads
    if library.llama_model_quantize(str(path).encode(), str(target).encode(), ctypes.byref(parameters)) != 0:
        raise RuntimeError("cannot be quantised: " + "".join(library.last_lines[-4:]))


def tokenize(model, text):
    encoded = text.encode()
    tokens = (ctypes.c_int32 * (len(encoded) + 8))()
    count = model.library.llama_tokenize(model.vocab, encoded, len(encoded), tokens, len(tokens), True, True)
    return list(tokens[:count])


def perplexity(model, tokens):
    losses = []
    for first in range(0, WINDOWS * LENGTH, LENGTH):
        window = tokens[first:first + LENGTH]
        found = model.log_probabilities(window)
        losses.append(-found[np.arange(LENGTH - 1), window[1:]].mean())
    return float(np.exp(np.mean(losses)))


def main():
    program, dense, text = sys.argv[1:4]
    library = oracle.open_library(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so")))
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name, file_type in FILE_TYPES.items():
            path = pathlib.Path(scratch) / f"{name}.gguf"
            quantise(library, dense, path, file_type)
            tokens = oracle.with_model(library, path, lambda model: tokenize(model, pathlib.Path(text).read_text()))
            theirs = oracle.with_model(library, path, lambda model: perplexity(model, tokens))
            found = subprocess.run([program, "eval", path, "--text", text, "--seqlen", str(LENGTH), "--max-windows",
                                    str(WINDOWS), "--json"], check=True, capture_output=True, text=True)
            ours = json.loads(found.stdout)["perplexity"]
            failed = failed or abs(ours / theirs - 1) > 5e-3
            print(f"{name:7} ours {ours:.4f} llama.cpp {theirs:.4f} difference {100 * (ours / theirs - 1):+.3f} %")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
