#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares GGUF files of whole and pruned models as llama.cpp runs them: perplexity there and here, tokens per second, size.

    multipruner convert MODEL --format gguf --gguf-type f32 --out whole/
    multipruner prune whole/model.gguf --ratio 20 --calibration TEXT --format gguf --gguf-type f32 --out pruned/
    python3 tests/oracle/gguf_served.py multipruner HELDOUT whole/model.gguf pruned/model.gguf [--threads 1]

Perplexities are of the same windows. Files in F32 have to agree to 4 digits; llama.cpp rounds what goes into products
of other types, and half a percent is allowed. Speeds are the best of several rounds, in which the files take turns, so that
what else the machine does meets all of them. Needs what gguf_perplexity.py needs.
"""

import argparse
import pathlib
import sys
import time

import exports_llama_cpp as oracle
import gguf
import xllamacpp
from gguf_perplexity import our_perplexity, perplexity, tokenize

WINDOWS, LENGTH, GENERATED = 4, 256, 32


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def speeds(model, tokens, threads):
    """Tokens per second: of a prompt, and of what is generated behind it, one at a time."""
    context = model.context(LENGTH + GENERATED)
    model.library.llama_set_n_threads(context, threads, threads)
    prompt = seconds(lambda: model.decode(context, tokens[:LENGTH], all_logits=False))

    def generate():  # which tokens makes no difference to the time
        for i in range(GENERATED):
            model.decode(context, [tokens[LENGTH + i]], LENGTH + i)

    generation = seconds(generate)
    model.library.llama_free(context)
    return LENGTH / prompt, GENERATED / generation


def is_float32(path):
    return all(tensor.tensor_type == gguf.GGMLQuantizationType.F32 for tensor in gguf.GGUFReader(path).tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    parser.add_argument("--threads", type=int, default=1, help="for the speeds [1]")
    parser.add_argument("--rounds", type=int, default=3, help="of the speeds [3]")
    options = parser.parse_args()
    library = oracle.open_library(next(pathlib.Path(xllamacpp.__file__).parent.glob("xllamacpp*.so")))
    models = [oracle.Model(library, path) for path in options.files]
    tokens = tokenize(models[0], options.text.read_text())
    if len(tokens) < WINDOWS * LENGTH:
        sys.exit(f"{options.text} has {len(tokens)} tokens, and {WINDOWS * LENGTH} are needed")
    best = [(0.0, 0.0) for _ in models]
    for _ in range(options.rounds):
        best = [tuple(map(max, known, speeds(model, tokens, options.threads))) for known, model in zip(best, models)]
    print("| file | MB | perplexity, llama.cpp | perplexity, multipruner | prompt, tokens/s | generation, tokens/s |")
    print("|---|---:|---:|---:|---:|---:|")
    failed = []
    for path, model, (prompt, generation) in zip(options.files, models, best):
        theirs = perplexity(model, tokens, WINDOWS, LENGTH)
        ours = our_perplexity(options.program, path, options.text, WINDOWS, LENGTH)
        print(f"| {path} | {path.stat().st_size / 1e6:.1f} | {theirs:.4f} | {ours:.4f} | {prompt:.0f} | {generation:.0f} |",
              flush=True)
        if abs(ours / theirs - 1) > (5e-5 if is_float32(path) else 5e-3):
            failed.append(f"{path}: the perplexities differ by {100 * (ours / theirs - 1):+.3f} %")
        model.close()
    print("\n".join(failed) if failed else f"perplexities of {len(models)} files agree")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
