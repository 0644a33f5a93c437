#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loads what the format gguf wrote with llama.cpp, and compares its log-probabilities with ours.

    MULTIPRUNER_EXPORTS=DIR test_export "[write-exports]"     # Llamas
    MULTIPRUNER_EXPORTS=DIR test_export "[write-families]"    # other families, in another DIR
    python3 tests/oracle/exports_llama_cpp.py DIR [tests/data/exports/verified.json [LIBRARY]]

In float32, with a cache in float32: they have to agree within 1e-3. Files in q8_0 have to load and to give finite numbers,
and so do those in Q4_K_M that llama.cpp's own quantiser makes, where the library has it, of files whose MLPs are multiples
of 256 wide. Tokens of some texts have to be those that the tokenizers library makes of the tokenizer.json that the model
came with. ggml looks GELU up in a table of float16: models that end in -gelu have to agree within 0.02; others of their
families have gates so steep that it makes no difference. Needs numpy, safetensors, tokenizers, and llama.cpp as the
package xllamacpp has it (its C functions are called through ctypes; another library can be given). What agreed is noted in
the file that is given.
"""

import ctypes
import json
import pathlib
import struct
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from verified_exports import note

TOLERANCE = 1e-3
TOLERANCE_OF_GELU = 0.02
Q4_K_M = 15

TEXTS = ["Once upon a time, there was a little girl.", "  Two  spaces\n\nand 12345 digits, it's 3.14!", "naïve café – 日本語 🙂",
         " leading", "tabs\tand\r\nlines   ", "don't WE'LL I'm x_y-z"]


class Parameters(ctypes.Structure):
    """Any of llama.cpp's structs of parameters, which differ between versions: more bytes than any has."""

    _fields_ = [("bytes", ctypes.c_ubyte * 1024)]

    def find(self, pattern):
        return bytes(self.bytes).index(pattern)

    def set(self, offset, value):
        self.bytes[offset:offset + 4] = struct.pack("<i", value)


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.POINTER(ctypes.c_int32)), ("embd", ctypes.c_void_p),
                ("pos", ctypes.POINTER(ctypes.c_int32)), ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
                ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))), ("logits", ctypes.POINTER(ctypes.c_int8))]


def open_library(path):
    library = ctypes.CDLL(str(path))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32
    for name, result, arguments in (
            ("llama_model_default_params", Parameters, []),
            ("llama_context_default_params", Parameters, []),
            ("llama_model_load_from_file", pointer, [text, Parameters]),
            ("llama_init_from_model", pointer, [pointer, Parameters]),
            ("llama_model_get_vocab", pointer, [pointer]),
            ("llama_vocab_n_tokens", number, [pointer]),
            ("llama_tokenize", number, [pointer, text, number, pointer, number, ctypes.c_bool, ctypes.c_bool]),
            ("llama_batch_init", Batch, [number, number, number]),
            ("llama_batch_free", None, [Batch]),
            ("llama_decode", number, [pointer, Batch]),
            ("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), [pointer, number]),
            ("llama_set_n_threads", None, [pointer, number, number]),
            ("llama_free", None, [pointer]),
            ("llama_model_free", None, [pointer])):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if hasattr(library, "llama_model_quantize"):
        library.llama_model_quantize_default_params.restype = Parameters
        library.llama_model_quantize.argtypes = [text, text, pointer]
    log = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    library.last_lines = []
    library.keep = log(lambda level, line, _: library.last_lines.append(line.decode(errors="replace")))
    library.llama_log_set(library.keep, None)
    library.llama_backend_init()
    return library


class Model:
    def __init__(self, library, path):
        self.library = library
        library.last_lines.clear()
        self.model = library.llama_model_load_from_file(str(path).encode(), library.llama_model_default_params())
        if not self.model:
            raise RuntimeError("".join(library.last_lines[-6:]))
        self.vocab = library.llama_model_get_vocab(self.model)

    def context(self, room):
        """A context for so many tokens, with a cache in float32; to be freed."""
        library, parameters = self.library, self.library.llama_context_default_params()
        parameters.set(parameters.find(b"\xff" * 16) + 12, 0)  # flash_attn_type, the last of four enums that are -1
        cache_types = parameters.find(struct.pack("<ii", 1, 1))  # both F16; pointers in front of them are null
        for offset in (cache_types, cache_types + 4):
            parameters.set(offset, 0)
        for offset, value in ((0, room), (4, room), (8, room), (12, 1)):  # n_ctx, n_batch, n_ubatch, n_seq_max
            parameters.set(offset, value)
        context = library.llama_init_from_model(self.model, parameters)
        if not context:
            raise RuntimeError("".join(library.last_lines[-6:]))
        return context

    def decode(self, context, tokens, first=0, all_logits=True):
        """Lets tokens go on from position `first`; logits of all of them are wanted, or of the last."""
        library, count = self.library, len(tokens)
        batch = library.llama_batch_init(count, 0, 1)
        batch.n_tokens = count
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, first + i, 1
            batch.logits[i] = all_logits or i == count - 1
            batch.seq_id[i][0] = 0
        result = library.llama_decode(context, batch)
        library.llama_batch_free(batch)
        if result != 0:
            raise RuntimeError("decode failed")

    def log_probabilities(self, tokens):
        library, count = self.library, len(tokens)
        context = self.context(max(64, count))
        self.decode(context, tokens)
        size = library.llama_vocab_n_tokens(self.vocab)
        logits = np.stack([np.ctypeslib.as_array(library.llama_get_logits_ith(context, i), (size,)).astype(np.float64)
                           for i in range(count)])
        library.llama_free(context)
        return log_softmax(logits)

    def tokenize(self, text):
        tokens, encoded = (ctypes.c_int32 * 512)(), text.encode()
        count = self.library.llama_tokenize(self.vocab, encoded, len(encoded), tokens, 512, True, True)
        return list(tokens[:count])

    def close(self):
        self.library.llama_model_free(self.model)


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def with_model(library, path, use):
    model = Model(library, path)
    try:
        return use(model)
    finally:
        model.close()


def quantise(library, path, target):
    parameters = library.llama_model_quantize_default_params()
    parameters.set(4, Q4_K_M)  # behind the number of threads
    if library.llama_model_quantize(str(path).encode(), str(target).encode(), ctypes.byref(parameters)) != 0:
        raise RuntimeError("cannot be quantised: " + "".join(library.last_lines[-4:]))


def tolerance_of(case):
    return TOLERANCE_OF_GELU if case.name.endswith("-gelu") else TOLERANCE


def check(library, case, scratch):
    tokens = json.loads((case / "tokens.json").read_text())
    expected = log_softmax(load_file(case / "logits.safetensors")["logits"].astype(np.float64))
    tolerance = tolerance_of(case)
    largest = 0.0
    for name in ("model", "wide"):
        found = with_model(library, case / f"gguf/{name}.gguf", lambda model: model.log_probabilities(tokens))
        difference = np.abs(found - expected).max()
        if not difference <= tolerance:
            raise RuntimeError(f"{name}: log-probabilities differ by {difference}")
        largest = max(largest, difference)
    quantised = [case / "gguf/q8_0.gguf"]
    if hasattr(library, "llama_model_quantize"):
        quantised.append(scratch / "q4_k_m.gguf")
        quantise(library, case / "gguf/wide.gguf", quantised[-1])
    for path in quantised:
        found = with_model(library, path, lambda model: model.log_probabilities(tokens))
        if not np.isfinite(found).all():
            raise RuntimeError(f"{path.name}: log-probabilities are not finite")
    reference = case / "hf/tokenizer.json"
    if reference.exists():
        tokenizer = Tokenizer.from_file(str(reference))
        for text in TEXTS:
            found = with_model(library, case / "gguf/model.gguf", lambda model: model.tokenize(text))
            if found != tokenizer.encode(text).ids:
                raise RuntimeError(f"tokens of {text!r}: {found} and not {tokenizer.encode(text).ids}")
    return largest


def main():
    if len(sys.argv) > 3:
        library = open_library(sys.argv[3])
    else:
        import xllamacpp
        library = open_library(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so")))
    largest, verified, failed = {TOLERANCE: 0.0, TOLERANCE_OF_GELU: 0.0}, [], []
    with tempfile.TemporaryDirectory() as scratch:
        for case in sorted(pathlib.Path(sys.argv[1]).iterdir()):
            try:
                difference, tolerance = check(library, case, pathlib.Path(scratch)), tolerance_of(case)
                largest[tolerance] = max(largest[tolerance], difference)
                verified.append(case / "gguf")
            except Exception as error:  # the rest is of interest, too
                failed.append(f"{case.name}: {error}")
    if len(sys.argv) > 2:
        note(pathlib.Path(sys.argv[2]), verified)
    print(f"{len(verified)} models agree; the largest difference of a log-probability is {largest[TOLERANCE]:.2e}, "
          f"with GELU {largest[TOLERANCE_OF_GELU]:.2e}")
    print("\n".join(failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
