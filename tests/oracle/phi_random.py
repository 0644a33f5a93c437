#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes examples/models/phi-random: a tiny random PhiForCausalLM as transformers saves it, and its logits.

    python3 tests/oracle/phi_random.py examples/models/phi-random [--check]

golden.safetensors holds float32 logits, tokens x vocabulary, of the tokens i * 7 % vocabulary. Biases are random, too,
and key/value heads are shared, so that every tensor shows in the logits. Needs torch, transformers and safetensors.
"""

import torch
import transformers
from safetensors.torch import save_file

import golden


def write(folder):
    torch.manual_seed(3)
    config = transformers.PhiConfig(
        vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, partial_rotary_factor=0.5, rope_theta=10000.0,
        layer_norm_eps=1e-5, hidden_act="gelu_new", tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)
    model = transformers.PhiForCausalLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layernorm.weight" in name:
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.15) * torch.randn_like(parameter))
    model.save_pretrained(folder, safe_serialization=True)
    tokens = torch.tensor([[i * 7 % 96 for i in range(48)]])
    with torch.no_grad():
        logits = model(tokens).logits[0].float().contiguous()
    save_file({"logits": logits}, folder / "golden.safetensors")


def main():
    golden.make(golden.arguments()[0], write)
    if not golden.checking():
        print("transformers", transformers.__version__, "torch", torch.__version__)


if __name__ == "__main__":
    main()
