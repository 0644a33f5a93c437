#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has llama.cpp's own quantiser make Q4_K_M of GGUF files that multipruner wrote, and llama.cpp generate from the results.

    pip install xllamacpp==2026.10.11549 gguf==0.19.0 safetensors==0.8.0 tokenizers==0.23.3
    pip install --no-deps llama-cpp-cffi==0.4.42
    python3 tests/oracle/quantise_llama_cpp.py MODEL.gguf ...

xllamacpp, which generates, does not have the quantiser. It is that of llama-cpp-python, if that is installed (PyPI has its
sources only), or else that of llama-cpp-cffi, whose wheel has an older llama.cpp. Checked is that log-probabilities are
finite; the text is printed, to be read. Rows that are no multiple of 256 long cannot have Q4_K: llama.cpp stores them in
Q5_0 or Q8_0. What is printed of a file has the number of tensors of each type.
"""

import collections
import ctypes
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

import exports_llama_cpp as oracle
import gguf
import numpy as np
import xllamacpp

PROMPT, NEW_TOKENS = "The capital of France is", 12


def libraries(package, pattern):
    """The libraries in a package, without importing it."""
    found = importlib.util.find_spec(package)
    return sorted(pathlib.Path(found.origin).parent.glob(pattern)) if found and found.origin else []


def add_missing_symbol(folder):
    """The wheel of llama-cpp-cffi is made with GCC 13, whose code calls a function that older libstdc++ lack."""
    source, library = folder / "terminate.cpp", folder / "terminate.so"
    source.write_text('#include <exception>\nextern "C" void __cxa_call_terminate(void*) { std::terminate(); }\n')
    subprocess.run(["c++", "-shared", "-fPIC", "-o", library, source], check=True)
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def open_quantiser(folder):
    for path in libraries("llama_cpp", "lib/libllama.so"):
        return oracle.open_library(path)
    for path in libraries("llama", "_llama_cpp_cpu*.so"):
        if not hasattr(ctypes.CDLL(None), "__cxa_call_terminate"):
            add_missing_symbol(folder)
        return oracle.open_library(path)
    sys.exit("quantise_llama_cpp: needs llama-cpp-python or llama-cpp-cffi: pip install --no-deps llama-cpp-cffi==0.4.42")


def generate(model):
    tokens = model.tokenize(PROMPT)
    for _ in range(NEW_TOKENS):
        found = model.log_probabilities(tokens)
        if not np.isfinite(found).all():
            raise RuntimeError("log-probabilities are not finite")
        tokens.append(int(found[-1].argmax()))
    return tokens[-NEW_TOKENS:]


def text_of(path, tokens):
    """The text of byte-level tokens, as they are named in the file."""
    names = gguf.GGUFReader(path).fields["tokenizer.ggml.tokens"].contents()
    return "".join(names[token] for token in tokens).replace("\u0120", " ").replace("\u010a", "\n").replace("\u2581", " ")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    engine = oracle.open_library(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so")))
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        quantiser = open_quantiser(pathlib.Path(scratch))
        target = pathlib.Path(scratch) / "q4_k_m.gguf"
        for path in map(pathlib.Path, sys.argv[1:]):
            quantiser.last_lines.clear()
            try:
                oracle.quantise(quantiser, path, target)
                generated = text_of(target, oracle.with_model(engine, target, generate))
            except RuntimeError as error:  # the other files are of interest, too
                failed = True
                print(f"{path}: {str(error).strip()}")
                continue
            types = collections.Counter(tensor.tensor_type.name for tensor in gguf.GGUFReader(target).tensors)
            print(f"{path}: {path.stat().st_size} bytes, as Q4_K_M {target.stat().st_size}; "
                  f"{', '.join(f'{count} {name}' for name, count in sorted(types.items()))}; {generated!r}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
