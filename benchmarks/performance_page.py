#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what the benchmarks measured on a machine into its section of a page, and joins the rows to one file.

  performance_page.py --machine NAME --page PAGE.md --json ALL.json FILE.json...

The machine is described on standard input, one line of Markdown a fact. Sections of other machines stay as they are.
`scripts/benchmark` runs this.
"""

import argparse
import json
import math
import pathlib
import re
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
with the machine. There is a section for every kind of machine, from when one was last at hand. Targets are those that we set
ourselves; ≥ where more is better, ≤ where less is. *Of peak* is the share of what the machine reaches in a loop that does
nothing else, of multiply-adds, or of memory reads for single rows and generation.
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


def summary(groups_of_rows):
    """One line for every target: how many rows meet it, the mean, and the worst."""
    groups = {}
    for title, rows in groups_of_rows:
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


def peaks(groups):
    """What the machine can do, once: every program measures it anew, and the best counts."""
    best = {}
    for _, rows in groups:
        for row in rows:
            if row["name"].startswith(MACHINE):
                best[row["name"]] = max(row, best.get(row["name"], row), key=lambda r: r["ours"])
    return [f'* {name}: {number(row["ours"])} {row["unit"]}{limit(row)}' for name, row in best.items()]


def section(machine, facts, groups):
    lines = [f"## {machine}\n", *facts, *peaks(groups), "\n### Summary\n", summary(groups)]
    for title, rows in groups:
        lines.append(f"\n### {title}")
        lines += ["\n" + measurements(part) for part in parts([r for r in rows if not r["name"].startswith(MACHINE)])]
    return "\n".join(lines) + "\n"


def page(old, new):
    """The introduction, and the sections of the old page with the new one in its place, or at the end."""
    heading = re.compile(r"^(?=## )", re.MULTILINE)
    sections = {text.splitlines()[0]: text for text in heading.split(old)[1:]}
    sections[new.splitlines()[0]] = new
    return INTRODUCTION + "".join("\n" + text.strip("\n") + "\n" for text in sections.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", metavar="NAME", required=True)
    parser.add_argument("--page", metavar="FILE", required=True, type=pathlib.Path)
    parser.add_argument("--json", metavar="FILE", required=True, type=pathlib.Path)
    parser.add_argument("files", metavar="FILE", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    groups = [(TITLES.get(f.stem, f.stem.replace("_", " ")), json.loads(f.read_text())) for f in options.files]
    options.json.write_text(json.dumps([r for _, rows in groups for r in rows], indent=1) + "\n")

    new = section(options.machine, [line.rstrip() for line in sys.stdin], groups)
    old = options.page.read_text() if options.page.exists() else ""
    options.page.with_suffix(".new").write_text(page(old, new))
    options.page.with_suffix(".new").replace(options.page)


if __name__ == "__main__":
    main()
