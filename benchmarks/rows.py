# SPDX-License-Identifier: MIT
"""Rows of measurements, as benchmarks/report.hpp writes them too."""

import json
import subprocess
import tempfile


def row(name, ours, unit, competitor, competitor_name, target):
    """More is better, and the ratio shall be at least `target`."""
    ratio = ours / competitor
    return {
        "name": name,
        "ours": ours,
        "unit": unit,
        "competitor": competitor,
        "competitor_name": competitor_name,
        "ratio": ratio,
        "target": target,
        "target_is": "at least",
        "met": ratio >= target,
        "of_peak": None,
    }


def show(rows):
    for r in rows:
        print(f'{r["name"]:<64} {r["ours"]:>10.1f} {r["unit"]:<9} {r["competitor_name"]} {r["competitor"]:.1f}, '
              f'ratio {r["ratio"]:.2f}, target {r["target"]}')


def save(rows, path):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)


def measured_by(program, *options):
    """What one of our benchmarks measures: name -> ours."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, *options, "--json", file.name], check=True, stdout=subprocess.DEVNULL)
        return {r["name"]: r["ours"] for r in json.load(file)}


def best_of(runs):
    """Of several measurements of the same things, the highest of each."""
    return {name: max(run[name] for run in runs) for name in runs[0]}


def threads_name(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"
