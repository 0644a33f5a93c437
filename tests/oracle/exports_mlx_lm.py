#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loads what the formats hf and hf-deci wrote with mlx-lm, and compares its logits with ours.

    MULTIPRUNER_EXPORTS=DIR test_export "[write-exports]"
    python3 tests/oracle/exports_mlx_lm.py DIR

Everything is computed in float32, whatever the files hold: logits have to agree within 1e-4 (mlx-lm 0.32.2: see
docs/formats.md). mlx-lm takes hidden_size / num_attention_heads for the size of a head of hf-deci and of Qwen 2: models
whose heads together are not as wide as the stream have to be refused there, since docs/formats.md says so. Needs mlx with
its backend for processors (pip install "mlx[cpu]" mlx-lm), safetensors, numpy.
"""

import json
import pathlib
import sys

import mlx.core as mx
import numpy as np
from mlx_lm.utils import load_model
from safetensors.numpy import load_file

TOLERANCE = 1e-4


def is_refused(config):
    """Whether mlx-lm is known to refuse a model."""
    if config["model_type"] not in ("nemotron-nas", "qwen2"):
        return False
    heads, width = config["num_attention_heads"], config["hidden_size"]
    return config.get("head_dim", width // heads) * heads != width


def largest_difference(folder, tokens, expected):
    model, _ = load_model(folder)
    model.set_dtype(mx.float32)
    logits = np.array(model(mx.array([tokens]))[0])
    assert np.isfinite(logits).all(), f"{folder}: logits are not finite"
    return float(np.abs(logits - expected).max())


def main():
    mx.set_default_device(mx.cpu)
    largest, agreeing, refused, failed = 0.0, 0, 0, []
    for case in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        tokens = json.loads((case / "tokens.json").read_text())
        expected = load_file(case / "logits.safetensors")["logits"]
        for name in ("hf", "hf-deci"):
            expects_refusal = is_refused(json.loads((case / name / "config.json").read_text()))
            try:
                difference = largest_difference(case / name, tokens, expected)
            except Exception as error:  # the rest is of interest, too
                refused += expects_refusal
                if not expects_refusal:
                    failed.append(f"{case.name}/{name}: {type(error).__name__}: {error}")
                continue
            if expects_refusal:
                failed.append(f"{case.name}/{name}: mlx-lm loads it now; docs/formats.md says that it does not")
            elif difference > TOLERANCE:
                failed.append(f"{case.name}/{name}: logits differ by {difference}")
            else:
                largest, agreeing = max(largest, difference), agreeing + 1
    for problem in failed:
        print(problem)
    print(f"{agreeing} models agree, {refused} are refused as documented; the largest difference of a logit is {largest:.2e}")
    sys.exit(1 if failed or not agreeing else 0)


if __name__ == "__main__":
    main()
