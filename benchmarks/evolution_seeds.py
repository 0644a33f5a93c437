#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What chance does to `--policy evol`: one model, one text, many seeds, against the sequential plan from the same blocks.

    evolution_seeds.py PROGRAM MODEL CALIBRATION HELD_OUT [--ratio R] [--seeds N] [--evaluations N] [-- OPTION ...]

Nothing is compensated. Both policies remove blocks for half of the ratio, so that the sequential plan is the one that
evol begins with. Prints the losses of each seed, in nats a token, and what evol adds to the sequential plan's: the mean,
and its interval at 95 % over the seeds. Exits with 1 where a plan of evol costs more on the calibration text.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile

STUDENT_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 14: 2.14, 19: 2.09}


def losses(arguments, *options):
    """On the windows of the calibration text that widths are judged on, and on the held-out text."""
    with tempfile.TemporaryDirectory() as folder:
        command = [arguments.program, "prune", arguments.model, "--calibration", arguments.calibration, "--eval-text",
                   arguments.held_out, "--ratio", str(arguments.ratio), "--compensate", "none", "--generated-windows",
                   "0", "--out", f"{folder}/model", "--quiet", "--json", *options, *arguments.more]
        log = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    texts = log["perplexity"]  # the last one is held out, and widths are judged on the one before
    return [math.log(text["pruned"]) for text in texts[-2:]]


def interval(values):
    """Half of the width of the mean's, at 95 %."""
    degrees = len(values) - 1
    if degrees < 1:
        return math.inf
    student = STUDENT_95[max(known for known in STUDENT_95 if known <= degrees)]
    return student * statistics.stdev(values) / math.sqrt(len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "model", "calibration", "held_out"):
        parser.add_argument(name)
    parser.add_argument("--ratio", type=float, default=20)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--evaluations", type=int, default=400)
    parser.add_argument("more", nargs="*", help="options of both runs, behind --")
    arguments = parser.parse_args()

    sequential = losses(arguments, "--policy", "multipruner", "--distribution", "56:52:4")
    print(f"sequential  {sequential[0]:.5f}  {sequential[1]:.5f}", flush=True)
    added = []
    for seed in range(1, arguments.seeds + 1):
        evolved = losses(arguments, "--policy", "evol", "--evaluations", str(arguments.evaluations), "--seed", str(seed))
        added.append([a - b for a, b in zip(evolved, sequential)])
        print(f"seed {seed:<6} {evolved[0]:.5f}  {evolved[1]:.5f}   {added[-1][0]:+.5f}  {added[-1][1]:+.5f}", flush=True)
    for text, values in zip(("calibration", "held out"), zip(*added)):
        print(f"{text:<12} mean {statistics.mean(values):+.5f} ± {interval(values):.5f}, from {min(values):+.5f} "
              f"to {max(values):+.5f}, below 0 {sum(value < 0 for value in values)} of {len(values)}")
    return any(on_calibration > 1e-6 for on_calibration, _ in added)


if __name__ == "__main__":
    sys.exit(main())
