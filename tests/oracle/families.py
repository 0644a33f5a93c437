#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/families: for every family a tiny random model as transformers saves it, and what it computes.

    python3 tests/oracle/families.py tests/data/families [--check]

golden.safetensors: input_ids int64 [2, T], logits f32 [2, T, V], hidden.i f32 [2, T, d] = the residual stream before
layer i, the last one behind the last layer, not normed. golden.json: mean negative log-likelihood of each sequence.
Eager attention in float32 on the CPU. Weights are random so that every part shows in the logits; sequences are longer
than the windows. Needs torch, transformers and safetensors.
"""

import json

import torch
import transformers
from safetensors.torch import save_file

import golden

LENGTH = 24
SIZES = dict(vocab_size=48, hidden_size=16, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
             tie_word_embeddings=False)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=8, rope_theta=10000.0)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.2, 1.5, 2.5],
                long_factor=[2.0, 3.0, 5.0, 9.0])

# name: class, settings that differ from SIZES
MODELS = {
    "mistral": ("Mistral", dict(sliding_window=7, head_dim=8)),
    "mistral-no-window": ("Mistral", dict(sliding_window=None)),
    "llama-yarn": ("Llama", dict(rope_parameters=YARN, head_dim=16)),
    "llama-yarn-mscale": ("Llama", dict(
        rope_parameters=dict(YARN, beta_fast=4, beta_slow=0.5, mscale=0.7, mscale_all_dim=1.3, truncate=False),
        head_dim=16)),
    "llama-gelu": ("Llama", dict(hidden_act="gelu")),
    "qwen2-windows": ("Qwen2", dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)),
    "qwen3": ("Qwen3", dict(head_dim=8)),
    "qwen3-windows": ("Qwen3", dict(head_dim=8, attention_bias=True, use_sliding_window=True, sliding_window=6,
                                    layer_types=["sliding_attention", "full_attention", "sliding_attention"])),
    "gemma": ("Gemma", dict(head_dim=8, num_key_value_heads=1, tie_word_embeddings=True)),
    "gemma2": ("Gemma2", dict(head_dim=8, query_pre_attn_scalar=12, sliding_window=5, attn_logit_softcapping=3.0,
                              final_logit_softcapping=5.0, tie_word_embeddings=True)),
    "gemma3": ("Gemma3Text", dict(
        head_dim=8, query_pre_attn_scalar=12, sliding_window=5, num_hidden_layers=4,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters=dict(sliding_attention=dict(rope_type="default", rope_theta=100.0),
                             full_attention=dict(rope_type="linear", factor=3.0, rope_theta=5000.0)),
        tie_word_embeddings=True)),
    "phi3": ("Phi3", dict(hidden_size=32, sliding_window=6)),
    "phi3-partial": ("Phi3", dict(hidden_size=32, rope_parameters=dict(
        rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.5))),
    "phi3-longrope": ("Phi3", dict(hidden_size=32, original_max_position_embeddings=32, rope_parameters=LONGROPE)),
    "smollm3": ("SmolLM3", dict(num_hidden_layers=4, no_rope_layers=[1, 0, 1, 0], tie_word_embeddings=True)),
    "smollm3-windows": ("SmolLM3", dict(num_hidden_layers=4, no_rope_layer_interval=2, use_sliding_window=True,
                                        sliding_window=5, attention_bias=True, mlp_bias=True)),
    "olmo2": ("Olmo2", dict(head_dim=None)),
    "granite": ("Granite", dict(embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4,
                                logits_scaling=2.5, attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
}


def randomise(model, is_gemma):
    """Norms 1 ± 0.2 (weights of Gemma's are what is added to 1), biases 0.2, all else of a size that shows."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if "norm" in name:
                parameter.copy_((0 if is_gemma else 1) + 0.2 * noise)
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.25) * noise)


def write(name, kind, settings, folder):
    torch.manual_seed(sum(map(ord, name)))
    settings = {key: value for key, value in (SIZES | settings).items() if key != "head_dim" or value is not None}
    config_class = getattr(transformers, kind + "Config")
    model_class = getattr(transformers, kind.removesuffix("Text") + "ForCausalLM")
    model = model_class._from_config(config_class(**settings), attn_implementation="eager").float().eval()
    randomise(model, kind.startswith("Gemma"))
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "generation_config.json").unlink(missing_ok=True)

    last = {}
    model.model.norm.register_forward_pre_hook(lambda module, inputs: last.update(stream=inputs[0]))
    tokens = torch.randint(3, settings["vocab_size"], (2, LENGTH))
    with torch.no_grad():
        result = model(tokens, output_hidden_states=True, use_cache=False)
    hidden = list(result.hidden_states[:settings["num_hidden_layers"]]) + [last["stream"]]
    tensors = {"input_ids": tokens, "logits": result.logits.float()}
    tensors |= {f"hidden.{i}": stream.float() for i, stream in enumerate(hidden)}
    save_file({key: tensor.contiguous().clone() for key, tensor in tensors.items()}, folder / "golden.safetensors")
    likelihoods = result.logits.double().log_softmax(-1)[:, :-1].gather(2, tokens[:, 1:, None])[..., 0]
    told = {"source": f"transformers {transformers.__version__}, torch {torch.__version__}, eager, float32, CPU",
            "mean_nll": (-likelihoods.mean(1)).tolist()}
    (folder / "golden.json").write_text(json.dumps(told, indent=1) + "\n")


def write_all(folder):
    for name, (kind, settings) in MODELS.items():
        write(name, kind, settings, folder / name)


def main():
    golden.make(golden.arguments()[0], write_all)


if __name__ == "__main__":
    main()
