#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares perplexities of quantised GGUF files: ours, and those of llama.cpp. The gguf package quantises the matrices.

    multipruner convert MODEL --format gguf --gguf-type f32 --out DIR
    python3 tests/oracle/gguf_perplexity.py multipruner DIR/model.gguf TEXT

They have to agree to 3 digits: llama.cpp also rounds what goes into a product. Tokens are those of llama.cpp. Needs the
gguf package, and what exports_llama_cpp.py needs.
"""

import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile

import exports_llama_cpp as oracle
import gguf
import numpy as np
import xllamacpp

TYPES = ["F32", "F16", "BF16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0"]
WINDOWS, LENGTH = 8, 64


def quantise(path, target, name):
    """Writes a file in float32 again, with all matrices in another type."""
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if field.name == "general.architecture" or field.name.startswith("GGUF."):
            continue
        element = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=element)
    for tensor in reader.tensors:
        kind = gguf.GGMLQuantizationType[name if len(tensor.shape) > 1 else "F32"]
        writer.add_tensor(tensor.name, gguf.quants.quantize(tensor.data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def tokenize(model, text):
    encoded = text.encode()
    tokens = (ctypes.c_int32 * (len(encoded) + 8))()
    count = model.library.llama_tokenize(model.vocab, encoded, len(encoded), tokens, len(tokens), True, True)
    return list(tokens[:count])


def perplexity(model, tokens, windows=WINDOWS, length=LENGTH):
    losses = []
    for first in range(0, windows * length, length):
        window = tokens[first:first + length]
        found = model.log_probabilities(window)
        losses.append(-found[np.arange(length - 1), window[1:]].mean())
    return float(np.exp(np.mean(losses)))


def our_perplexity(program, path, text, windows=WINDOWS, length=LENGTH):
    found = subprocess.run([program, "eval", path, "--text", text, "--seqlen", str(length), "--max-windows", str(windows), "--json"],
                           check=True, capture_output=True, text=True)
    return json.loads(found.stdout)["perplexity"]


def main():
    program, dense, text = sys.argv[1:4]
    library = oracle.open_library(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so")))
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for name in TYPES:
            path = pathlib.Path(scratch) / f"{name}.gguf"
            quantise(dense, path, name)
            tokens = oracle.with_model(library, path, lambda model: tokenize(model, pathlib.Path(text).read_text()))
            theirs = oracle.with_model(library, path, lambda model: perplexity(model, tokens))
            ours = our_perplexity(program, path, text)
            failed = failed or abs(ours / theirs - 1) > 5e-3
            print(f"{name:7} ours {ours:.4f} llama.cpp {theirs:.4f} difference {100 * (ours / theirs - 1):+.3f} %")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
