#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prefill and generation by benchmark_model against llama.cpp's llama-bench, in turns, on the same models.

  llama_cpp_comparison.py --llama-bench PROGRAM --ours build/benchmark/benchmarks/benchmark_model DIR...

Every DIR is one that make_random_model.py made. benchmarks/README.md tells how to build llama-bench.
"""

import argparse
import json
import os
import pathlib
import subprocess

from rows import best_of, measured_by, row, save, show, threads_name

PREFILL, CONTEXTS = [512, 2048], [32, 2048]
GENERATION_TARGET = 1.0


def prefill_target(dtype):
    """Much more where there is AMX, which llama.cpp does not use for bfloat16."""
    return 4.0 if dtype == "bfloat16" and "amx_bf16" in pathlib.Path("/proc/cpuinfo").read_text().split() else 1.1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", metavar="DIR", nargs="+", type=pathlib.Path)
    parser.add_argument("--llama-bench", required=True, metavar="PROGRAM")
    parser.add_argument("--ours", required=True, metavar="PROGRAM")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def numbers(values):
    return ",".join(map(str, values))


def llama_bench(program, folder, threads):
    """Tokens a second: ("prefill", tokens) or ("generation", context) -> the best of its repetitions."""
    model = ["-m", str(folder / "model.gguf"), "-t", str(threads), "-r", "3", "-o", "json"]
    result = {}
    for kind, options in [
        ("prefill", ["-p", numbers(PREFILL), "-n", "0"]),
        ("generation", ["-p", "0", "-n", "32", "-d", numbers(CONTEXTS)]),
    ]:
        text = subprocess.run([program, *model, *options], check=True, stdout=subprocess.PIPE).stdout
        for test in json.loads(text):
            size = test["n_prompt"] if kind == "prefill" else test["n_depth"]
            result[kind, size] = max(test["samples_ts"])
    return result


def compare(options, folder):
    dtype = json.loads((folder / "config.json").read_text())["torch_dtype"]
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(measured_by(options.ours, str(folder), "--threads", str(options.threads)))
        theirs.append(llama_bench(options.llama_bench, folder, options.threads))
    ours, theirs = best_of(ours), best_of(theirs)
    # A library that does not compute in bfloat16 yet computes with bfloat16 weights in float32.
    prefix = f"{folder.resolve().name} {dtype}"
    if not any(name.startswith(prefix + ":") for name in ours):
        prefix = f"{folder.resolve().name} float32"
    for (kind, size), value in theirs.items():
        what = f"prefill of {size}" if kind == "prefill" else f"generation at {size}"
        name = f"{prefix}: {what}, {threads_name(options.threads)}"
        target = prefill_target(dtype) if kind == "prefill" else GENERATION_TARGET
        yield row(name, ours[name], "tokens/s", value, f"llama.cpp {dtype}", target)


def main():
    options = arguments()
    rows = [r for folder in options.folders for r in compare(options, folder)]
    show(rows)
    save(rows, options.json)


if __name__ == "__main__":
    main()
