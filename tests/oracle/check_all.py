#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the scripts of this folder as checks, one line of verdict for each, and fails where one fails.

    python3 tests/oracle/check_all.py PROGRAM EXPORTS FAMILIES LOGS [--old-python PYTHON] [NAME ...]

PROGRAM is the built multipruner, EXPORTS and FAMILIES are folders that test_export has written, "[write-exports]" and
"[write-families]"; what the scripts say goes to the folder LOGS. tokenizer_classes.py runs in the PYTHON that has an older
transformers. With names, only those scripts run. exports_converter.py needs llama.cpp's sources, which xllamacpp does not
carry: it runs where the variable LLAMA_CPP names their folder; exports_vllm.py where VLLM_PYTHON names a Python that has
vLLM, and VLLM_MODEL a model that it has kernels for. scripts/test --oracles calls this.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "examples/models/stories-1.6M"


def checks(options, scratch):
    """The scripts and their arguments; None for those that cannot run here."""
    gguf_file = pathlib.Path(scratch) / "model.gguf"
    texts = ["--calibration", MODEL / "calibration.txt", "--heldout", MODEL / "heldout.txt"]
    llama_cpp, vllm_model = os.environ.get("LLAMA_CPP"), os.environ.get("VLLM_MODEL")
    has_vllm = vllm_model and os.environ.get("VLLM_PYTHON")
    return {
        "gguf_files": [ROOT / "tests/data/gguf", "--check"],
        "chat_templates": ["--check"],
        "tokenizer_classes": ["--check"],
        "tokenizers_extra": ["--check"],
        "tokenizers_sentencepiece": ["--check"],
        "phi_random": [ROOT / "examples/models/phi-random", "--check"],
        "families": [ROOT / "tests/data/families", "--check"],
        "laco": ["--check"],
        "slice_gpt": [MODEL, *texts, "--out", ROOT / "tests/data/slice_gpt/stories-1.6M.json", "--check"],
        "exports_transformers": [options.exports],
        "exports_mlx_lm": [options.exports],
        "exports_llama_cpp": [options.exports],
        "exports_llama_cpp of families": [options.families],
        "exports_converter": [options.families, llama_cpp] if llama_cpp else None,
        "exports_vllm": [options.program, vllm_model, MODEL / "heldout.txt"] if has_vllm else None,
        "gguf_perplexity": [options.program, gguf_file, MODEL / "heldout.txt"],
        "nsga_ii_pymoo": [ROOT / "tests/data/search/nsga_ii_pymoo.json", "--check"],
    }


def run(name, arguments, options):
    """Whether a script succeeded, and the last line that it said."""
    script = name.split()[0]
    others = {"tokenizer_classes": options.old_python, "exports_vllm": os.environ.get("VLLM_PYTHON")}
    python = others.get(script) or sys.executable
    command = [python, ROOT / f"tests/oracle/{script}.py", *arguments]
    found = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=ROOT)
    (options.logs / f"{name.replace(' ', '_')}.log").write_text(found.stdout + found.stderr)
    said = (found.stdout if found.returncode == 0 else found.stdout + found.stderr).strip().splitlines()
    return found.returncode == 0, said[-1] if said else "says nothing"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "exports", "families", "logs"):
        parser.add_argument(name, metavar=name.upper(), type=pathlib.Path)
    parser.add_argument("--old-python", metavar="PYTHON")
    parser.add_argument("names", metavar="NAME", nargs="*")
    return parser.parse_intermixed_args()


def main():
    options = parse()
    options.logs.mkdir(parents=True, exist_ok=True)
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as scratch:
        known = checks(options, scratch)
        unknown = set(options.names) - {name.split()[0] for name in known}
        if unknown:
            sys.exit(f"check_all: no script is called {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        subprocess.run([options.program, "convert", MODEL, "--format", "gguf", "--gguf-type", "f32", "--quiet", "--out",
                        pathlib.Path(scratch) / "converted"], check=True, stdout=subprocess.DEVNULL)
        (pathlib.Path(scratch) / "converted/model.gguf").rename(pathlib.Path(scratch) / "model.gguf")
        for name, arguments in known.items():
            if options.names and name.split()[0] not in options.names:
                continue
            start = time.monotonic()
            succeeded, said = (True, "see --help for what it needs") if arguments is None else run(name, arguments, options)
            verdict = "skipped" if arguments is None else "ok" if succeeded else "FAILED"
            counts[verdict] += 1
            print(f"{verdict:7} {name:30} {time.monotonic() - start:5.0f} s  {said}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + f"; what they said is in {options.logs}")
    sys.exit(1 if counts["FAILED"] else 0)


if __name__ == "__main__":
    main()
