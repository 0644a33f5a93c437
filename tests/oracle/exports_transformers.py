#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loads what the formats hf and hf-deci wrote with transformers, and compares its logits with ours.

    MULTIPRUNER_EXPORTS=DIR test_export "[write-exports]"
    python3 tests/oracle/exports_transformers.py DIR [tests/data/exports/verified.json]

Everything in float32: logits have to agree within 1e-4 (with transformers 5.24: 1.6e-5 for 330 models). A model of hf-deci also generates: with a cache, the tokens have
to be those without. What agreed is noted in the
file that is given. Needs torch, transformers (5.0 or newer), safetensors.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from verified_exports import note

TOLERANCE = 1e-4


def largest_difference(folder, tokens, expected):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, trust_remote_code=True)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    if folder.name == "hf":
        assert type(model).__module__.startswith("transformers."), "hf is to need no code of ours"
    else:
        prompt = torch.tensor([tokens[:5]])
        options = {"max_new_tokens": 8, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
        cached = model.generate(prompt, use_cache=True, **options)
        assert torch.equal(cached, model.generate(prompt, use_cache=False, **options)), f"{folder}: cache"
    return (logits - expected).abs().max().item()


def main():
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    largest, verified, failed = 0.0, [], []
    for case in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        tokens = json.loads((case / "tokens.json").read_text())
        expected = load_file(case / "logits.safetensors")["logits"]
        for name in ("hf", "hf-deci", "hf-deci-exact"):
            try:
                difference = largest_difference(case / name, tokens, expected)
            except Exception as error:  # the rest is of interest, too
                failed.append(f"{case.name}/{name}: {type(error).__name__}: {error}")
                continue
            largest = max(largest, difference)
            if difference <= TOLERANCE:
                verified.append(case / name)
            else:
                failed.append(f"{case.name}/{name}: logits differ by {difference}")
    if len(sys.argv) > 2:
        note(pathlib.Path(sys.argv[2]), verified)
    print(f"{len(verified)} models agree; the largest difference of a logit is {largest:.2e}")
    print("\n".join(failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
