#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Evaluation of 128 windows of 512 tokens by transformers and PyTorch on the CPU, and by benchmark_model, in turns.

  transformers_evaluation.py DIR                                                      transformers alone
  transformers_evaluation.py DIR --ours build/benchmark/benchmarks/benchmark_model    against ours

DIR is the folder of a small model. The tokens are the same on both sides, and so must be the losses but for rounding.
Needs the packages torch and transformers.
"""

import argparse
import os
import time

import torch
from transformers import AutoModelForCausalLM

from rows import best_of, measured_by, row, save, show, threads_name

TARGET = {"float32": 1.5, "bfloat16": 1.5}
BATCHES = [1, 4, 16]  # windows at once; the best counts


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--ours", metavar="PROGRAM")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--windows", type=int, default=128)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if options.ours and (options.windows, options.length) != (128, 512):
        parser.error("benchmark_model evaluates 128 windows of 512 tokens")
    return options


def some_tokens(count, length, vocabulary):
    """The same as in benchmarks/model.cpp."""
    return (torch.arange(count * length) * 7919 % vocabulary).reshape(count, length)


@torch.inference_mode()
def mean_loss(model, windows, batch):
    total = 0.0
    for part in windows.split(batch):
        logits = model(part, use_cache=False).logits[:, :-1].float()
        labels = part[:, 1:].flatten()
        total += torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels, reduction="sum").item()
    return total / (len(windows) * (windows.shape[1] - 1))


def evaluate(model, windows):
    """Tokens a second with the best of BATCHES, and the loss."""
    rates = []
    for batch in BATCHES:
        start = time.perf_counter()
        loss = mean_loss(model, windows, batch)
        rates.append(windows.numel() / (time.perf_counter() - start))
    return {"rate": max(rates), "loss": loss}


def load(folder, dtype):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    models = {name: load(options.folder, getattr(torch, name)) for name in TARGET}
    vocabulary = models["float32"].config.vocab_size
    windows = some_tokens(options.windows, options.length, vocabulary)
    ours, theirs = [], {name: [] for name in TARGET}
    for _ in range(options.rounds):
        for name, model in models.items():
            theirs[name].append(evaluate(model, windows))
        if options.ours:
            ours.append(measured_by(options.ours, options.folder, "evaluation", "--threads", str(options.threads)))
    for name, runs in theirs.items():
        best = best_of(runs)
        print(f'transformers {name}: {best["rate"]:.0f} tokens/s, loss {best["loss"]:.6f}')
    if not options.ours:
        return
    ours, rows = best_of(ours), []
    what, threads = f"evaluation {options.windows} x {options.length}", threads_name(options.threads)
    for name, runs in theirs.items():
        found = [key for key in ours if key.endswith(f" {name}: {what}, {threads}")]
        for key in found:
            print(f'ours {name}: loss {ours[key.replace(what, "its loss")]:.6f}')
            competitor = f"transformers, PyTorch {torch.__version__.split('+')[0]}"
            rows.append(row(key, ours[key], "tokens/s", best_of(runs)["rate"], competitor, TARGET[name]))
    show(rows)
    save(rows, options.json)


if __name__ == "__main__":
    main()
