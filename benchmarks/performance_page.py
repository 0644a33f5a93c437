#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a page of the rows that the benchmarks measured, and joins them to one file.

  performance_page.py --json ALL.json FILE.json...

The machine is described on standard input, one line of Markdown a fact. `scripts/benchmark` runs this.
"""

import argparse
import json
import math
import pathlib
import sys

TITLES = {
    "linear": "Products",
    "attention": "Attention",
    "cross_entropy": "Loss",
    "elementwise": "Norms, rotary embedding, SwiGLU",
    "model": "Whole models",
    "evaluator": "Search",
    "llama_cpp": "llama.cpp",
    "transformers": "transformers and PyTorch",
}

# How the names of those rows begin that tell of the machine.
MACHINE = ("clock", "peak ", "memory read")

INTRODUCTION = """\
# Performance

Written by `scripts/benchmark`; [benchmarks/README.md](../benchmarks/README.md) tells what is measured and how.
*Ratio* is our figure over the competitor's, measured in turns in the same run: compare ratios, for absolute figures change
with the machine. Targets are those that we set ourselves; ≥ where more is better, ≤ where less is. *Of peak* is the share
of what the machine reaches in a loop that does nothing else, of multiply-adds, or of memory reads for single rows and
generation.
"""


def number(value):
    return "" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def percent(value):
    return "" if value is None else f"{100 * value:.0f} %"


def ratio(value):
    return "" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def target(row):
    if row["target"] is None:
        return ""
    sign = "≤" if row["target_is"] == "at most" else "≥"
    return f'{sign} {row["target"]:g}' + ("" if row["met"] else ", missed")


def table(header, rows):
    numeric = "|".join("---" if i == 0 else "---:" for i in range(len(header)))
    return "\n".join(["| " + " | ".join(header) + " |", f"|{numeric}|", *("| " + " | ".join(r) + " |" for r in rows)])


def parts(rows):
    """Consecutive rows with the same competitors."""
    result, last = [], object()
    for row in rows:
        key = (row["competitor_name"], row.get("second_competitor_name"), row["unit"] if row["competitor"] else None)
        if key != last:
            result.append([])
        result[-1].append(row)
        last = key
    return result


def measurements(rows):
    first = rows[0]
    header = ["", f'ours, {first["unit"]}' if len({r["unit"] for r in rows}) == 1 else "ours"]
    if first["competitor"]:
        header += [first["competitor_name"], "ratio", "target"]
    peak = any(r["of_peak"] is not None for r in rows)
    header += ["of peak"] if peak else []
    second = first.get("second_competitor_name")
    header += [second, "ratio"] if second else []
    lines = []
    for r in rows:
        cells = [r["name"], number(r["ours"]) + (f' {r["unit"]}' if header[1] == "ours" else "")]
        if first["competitor"]:
            cells += [number(r["competitor"]), ratio(r["ratio"]), target(r)]
        cells += [percent(r["of_peak"])] if peak else []
        cells += [number(r["second_competitor"]), ratio(r["second_ratio"])] if second else []
        lines.append(cells)
    return table(header, lines)


def summary(sections):
    """One line for every target: how many rows meet it, the mean, and the worst."""
    groups = {}
    for title, rows in sections:
        for row in rows:
            if row["target"] is not None and row["ratio"]:
                sign = "≤" if row["target_is"] == "at most" else "≥"
                groups.setdefault((title, row["competitor_name"], f'{sign} {row["target"]:g}'), []).append(row)
    lines = []
    for (title, competitor, aim), rows in groups.items():
        ratios = [r["ratio"] for r in rows]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        worst = min(ratios) if aim.startswith("≥") else max(ratios)
        met = sum(r["met"] for r in rows)
        lines.append([title, competitor, aim, ratio(mean), ratio(worst), f"{met} of {len(rows)}"])
    return table(["", "against", "target", "mean ratio", "worst", "met"], lines)


def limit(row):
    return f', at most {number(row["competitor"])} by the {row["competitor_name"]}' if row["competitor"] else ""


def peaks(sections):
    """What the machine can do, once: every program measures it anew, and the best counts."""
    best = {}
    for _, rows in sections:
        for row in rows:
            if row["name"].startswith(MACHINE):
                best[row["name"]] = max(row, best.get(row["name"], row), key=lambda r: r["ours"])
    return [f'* {name}: {number(row["ours"])} {row["unit"]}{limit(row)}' for name, row in best.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", required=True)
    parser.add_argument("files", metavar="FILE", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    sections = [(TITLES.get(f.stem, f.stem.replace("_", " ")), json.loads(f.read_text())) for f in options.files]
    pathlib.Path(options.json).write_text(json.dumps([r for _, rows in sections for r in rows], indent=1) + "\n")

    print(INTRODUCTION)
    print("## The machine\n")
    print("\n".join([*(line.rstrip() for line in sys.stdin), *peaks(sections)]))
    print("\n## Summary\n")
    print(summary(sections))
    for title, rows in sections:
        print(f"\n## {title}")
        for part in parts([r for r in rows if not r["name"].startswith(MACHINE)]):
            print("\n" + measurements(part))


if __name__ == "__main__":
    main()
