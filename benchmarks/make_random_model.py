#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a Llama with random weights, as a Hugging Face folder and as the same model for llama.cpp.

  make_random_model.py DIR                     DIR/config.json, DIR/model.safetensors, DIR/model.gguf
  make_random_model.py DIR --dtype bfloat16    the same in bfloat16

The default sizes are those of benchmarks/README.md, 207 M parameters. Needs numpy, and for model.gguf the package gguf.
There is no tokenizer: both sides are measured on token ids.
"""

import argparse
import json
import pathlib
import struct

import numpy as np


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--no-gguf", action="store_true", help="only the Hugging Face folder")
    sizes = {"hidden": 1024, "intermediate": 2816, "layers": 12, "heads": 16, "kv-heads": 8, "vocabulary": 32000}
    for name, value in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


# Hugging Face's name, llama.cpp's name, and the shape as a function of the sizes.
MODEL_TENSORS = [
    ("model.embed_tokens.weight", "token_embd.weight", lambda s: (s.vocabulary, s.hidden)),
    ("model.norm.weight", "output_norm.weight", lambda s: (s.hidden,)),
    ("lm_head.weight", "output.weight", lambda s: (s.vocabulary, s.hidden)),
]
LAYER_TENSORS = [
    ("input_layernorm", "attn_norm", lambda s: (s.hidden,)),
    ("self_attn.q_proj", "attn_q", lambda s: (s.hidden, s.hidden)),
    ("self_attn.k_proj", "attn_k", lambda s: (s.hidden // s.heads * s.kv_heads, s.hidden)),
    ("self_attn.v_proj", "attn_v", lambda s: (s.hidden // s.heads * s.kv_heads, s.hidden)),
    ("self_attn.o_proj", "attn_output", lambda s: (s.hidden, s.hidden)),
    ("post_attention_layernorm", "ffn_norm", lambda s: (s.hidden,)),
    ("mlp.gate_proj", "ffn_gate", lambda s: (s.intermediate, s.hidden)),
    ("mlp.up_proj", "ffn_up", lambda s: (s.intermediate, s.hidden)),
    ("mlp.down_proj", "ffn_down", lambda s: (s.hidden, s.intermediate)),
]


def tensors(sizes):
    """(Hugging Face's name, llama.cpp's name, shape) of all tensors."""
    for name, other, shape in MODEL_TENSORS:
        yield name, other, shape(sizes)
    for layer in range(sizes.layers):
        for name, other, shape in LAYER_TENSORS:
            yield f"model.layers.{layer}.{name}.weight", f"blk.{layer}.{other}.weight", shape(sizes)


def random_weights(sizes):
    generator = np.random.default_rng(1)
    for name, other, shape in tensors(sizes):
        scale = 1 if len(shape) == 1 else shape[-1] ** -0.5  # activations keep their size
        yield name, other, generator.standard_normal(shape, np.float32) * np.float32(scale)


def bfloat16(values):
    """Bit patterns, rounded to nearest even."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def pairs_from_halves(values, heads):
    """llama.cpp's order of the rows of q and k: rotary partners lie side by side, half a head apart in Hugging Face's."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_config(sizes):
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": sizes.hidden,
        "intermediate_size": sizes.intermediate,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "num_key_value_heads": sizes.kv_heads,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": 8192,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "torch_dtype": sizes.dtype,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    (sizes.folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_safetensors(sizes):
    stored = "BF16" if sizes.dtype == "bfloat16" else "F32"
    size = 2 if stored == "BF16" else 4
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, _, shape in tensors(sizes):
        end = offset + size * int(np.prod(shape))
        header[name] = {"dtype": stored, "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(sizes.folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, values in random_weights(sizes):
            file.write((bfloat16(values) if stored == "BF16" else values).tobytes())


def write_gguf(sizes):
    import gguf

    writer = gguf.GGUFWriter(sizes.folder / "model.gguf", "llama")
    writer.add_context_length(8192)
    writer.add_embedding_length(sizes.hidden)
    writer.add_feed_forward_length(sizes.intermediate)
    writer.add_block_count(sizes.layers)
    writer.add_head_count(sizes.heads)
    writer.add_head_count_kv(sizes.kv_heads)
    writer.add_rope_dimension_count(sizes.hidden // sizes.heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(sizes.vocabulary)
    writer.add_tokenizer_model("none")
    for _, name, values in random_weights(sizes):
        if "attn_q" in name or "attn_k" in name:
            values = pairs_from_halves(values, sizes.heads if "attn_q" in name else sizes.kv_heads)
        if sizes.dtype == "float32" or values.ndim == 1:  # llama.cpp keeps vectors in float32
            writer.add_tensor(name, values)
        else:
            bits = bfloat16(values)
            writer.add_tensor(name, bits.view(np.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    sizes = arguments()
    sizes.folder.mkdir(parents=True, exist_ok=True)
    write_config(sizes)
    write_safetensors(sizes)
    if not sizes.no_gguf:
        write_gguf(sizes)


if __name__ == "__main__":
    main()
