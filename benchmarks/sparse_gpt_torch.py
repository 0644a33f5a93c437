#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SparseGPT (arXiv 2301.00774, Algorithm 1) in PyTorch on the CPU, and ours and Solution M, in turns.

  sparse_gpt_torch.py --ours build/benchmark/benchmarks/benchmark_weight_pruning_speed

Half of the weights of a random square matrix go, the factor of the Hessian included; PyTorch computes in float32, as the
released code does, and we in float64. Needs the package torch.
"""

import argparse
import os
import time

import torch

from rows import best_of, measured_by, row, save, show, threads_name

DAMPING, BLOCK = 0.01, 128


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", metavar="PROGRAM", required=True)
    parser.add_argument("--columns", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def inverse_factor(hessian):
    """U, upper triangular, of the inverse of the damped Hessian: UᵀU."""
    hessian = hessian.clone()
    hessian.diagonal().add_(DAMPING * hessian.diagonal().mean())
    return torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(hessian)), upper=True)


@torch.inference_mode()
def prune(weights, hessian):
    factor = inverse_factor(hessian)
    weights = weights.clone()
    for first in range(0, weights.shape[1], BLOCK):
        last = min(first + BLOCK, weights.shape[1])
        block, block_factor = weights[:, first:last], factor[first:last, first:last]
        scores = (block / block_factor.diagonal()) ** 2
        removed = scores <= scores.flatten().kthvalue(scores.numel() // 2).values
        errors = torch.empty_like(block)
        for j in range(last - first):
            lost = torch.where(removed[:, j], block[:, j], torch.zeros(()))
            errors[:, j] = lost / block_factor[j, j]
            block[:, j:].addr_(errors[:, j], block_factor[j, j:], alpha=-1)
            block[removed[:, j], j] = 0
        weights[:, last:].addmm_(errors, factor[first:last, last:], alpha=-1)
    return weights


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    n = options.columns
    weights, inputs = torch.randn(n, n), torch.randn(n, n)
    hessian = 2 * inputs @ inputs.T
    ours, theirs = [], []
    for _ in range(options.rounds):
        start = time.perf_counter()
        pruned = prune(weights, hessian)
        theirs.append(n * n / 1e6 / (time.perf_counter() - start))
        zeros = (pruned == 0).double().mean().item()
        assert abs(zeros - 0.5) < 1e-3, zeros
        ours.append(measured_by(options.ours, str(n), "--threads", str(options.threads)))
    ours = best_of(ours)
    size = f"{n} x {n}, {threads_name(options.threads)}"
    competitor = f"SparseGPT, PyTorch {torch.__version__.split('+')[0]}"
    rows = [row(f"{name} {size}", ours[f"{name} {size}"], "Mweights/s", max(theirs), competitor, target)
            for name, target in (("sparsegpt", 1.0), ("mrp-sm", 0.33))]
    show(rows)
    save(rows, options.json)


if __name__ == "__main__":
    main()
