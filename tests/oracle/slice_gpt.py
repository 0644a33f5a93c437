#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what SliceGPT (arXiv 2401.15024) makes of a model: losses of windows for several slicings.

    python3 tests/oracle/slice_gpt.py MODEL --calibration TEXT --heldout TEXT --out tests/data/slice_gpt/NAME.json [--check]

An independent transcription in NumPy, all of it in float64: norms are folded, and the stream is turned and sliced at
every block, as the released code does it (microsoft/TransformerCompression, rotate_and_slice_sequential), but for the
row means of the embedding, which it takes away of RMSNorm models, too. The sliced model runs by the paper's formulas: its
norms have no gain and divide by the width of the unsliced stream, its head is turned, and nothing is rounded. Checked
on the way: turned without slicing, the model computes the logits that it did.

Reads Llama-like models (also with biases of q, k and v). Needs numpy and tokenizers.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
from tokenizers import Tokenizer

import golden


def read_safetensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, info in json.loads(data[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in info["data_offsets"])
        if info["dtype"] == "BF16":
            values = (np.frombuffer(data[begin:end], np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(data[begin:end], {"F32": np.float32, "F16": np.float16}[info["dtype"]])
        tensors[name] = values.astype(np.float64).reshape(info["shape"])
    return tensors


class Model:
    """A decoder whose norms have no gain and divide by `d`; every block has a matrix around it."""

    def __init__(self, folder):
        config = json.loads((folder / "config.json").read_text())
        tensors = read_safetensors(folder / "model.safetensors")
        self.d = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        self.kv_heads = config["num_key_value_heads"]
        self.head_dim = config.get("head_dim") or self.d // self.heads
        self.eps = config["rms_norm_eps"]
        self.theta = config["rope_theta"]
        self.embedding = tensors["model.embed_tokens.weight"]
        head = self.embedding if config["tie_word_embeddings"] else tensors["lm_head.weight"]
        self.head = head * tensors["model.norm.weight"]
        self.layers = []
        for i in range(config["num_hidden_layers"]):
            prefix = f"model.layers.{i}."
            layer = {"attn_shortcut": np.eye(self.d), "mlp_shortcut": np.eye(self.d)}
            for part, names, gain in (("self_attn", "qkv", "input_layernorm"),
                                      ("mlp", ("gate", "up"), "post_attention_layernorm")):
                for name in names:
                    weight = tensors[f"{prefix}{part}.{name}_proj.weight"]
                    layer[name] = weight * tensors[f"{prefix}{gain}.weight"]
                    layer[name + "_bias"] = tensors.get(f"{prefix}{part}.{name}_proj.bias", 0.0)
            layer["o"] = tensors[f"{prefix}self_attn.o_proj.weight"]
            layer["down"] = tensors[f"{prefix}mlp.down_proj.weight"]
            self.layers.append(layer)

    def norm(self, x):
        return x / np.sqrt((x * x).sum(-1, keepdims=True) / self.d + self.eps)

    def rotate(self, x):
        half = self.head_dim // 2
        frequencies = self.theta ** (-np.arange(half) / half)
        angles = np.arange(x.shape[-2])[:, None] * frequencies
        first, second = x[..., :half], x[..., half:]
        cos, sin = np.cos(angles), np.sin(angles)
        return np.concatenate([first * cos - second * sin, second * cos + first * sin], -1)

    def attention(self, layer, x):
        n = self.norm(x)
        windows, length = x.shape[:2]

        def split(name, heads):
            y = n @ layer[name].T + layer[name + "_bias"]
            return y.reshape(windows, length, heads, self.head_dim).transpose(0, 2, 1, 3)

        groups = self.heads // self.kv_heads
        q = self.rotate(split("q", self.heads))
        k = np.repeat(self.rotate(split("k", self.kv_heads)), groups, 1)
        v = np.repeat(split("v", self.kv_heads), groups, 1)
        scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(self.head_dim)
        scores = np.where(np.tril(np.ones((length, length), bool)), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(windows, length, -1)
        return x @ layer["attn_shortcut"] + mixed @ layer["o"].T

    def mlp(self, layer, x):
        n = self.norm(x)
        gate = n @ layer["gate"].T
        return x @ layer["mlp_shortcut"] + (gate / (1 + np.exp(-gate)) * (n @ layer["up"].T)) @ layer["down"].T

    def logits(self, tokens):
        x = self.embedding[tokens]
        for layer in self.layers:
            x = self.mlp(layer, self.attention(layer, x))
        return self.norm(x) @ self.head.T

    def parameters(self):
        count = self.embedding.size + self.head.size
        for layer in self.layers:
            count += sum(np.size(value) for value in layer.values() if np.ndim(value) > 0)
        return count


def principal_axes(x):
    x = x.reshape(-1, x.shape[-1])
    moment = x.T @ x
    moment += 0.01 * np.mean(np.diag(moment)) * np.eye(len(moment))
    values, vectors = np.linalg.eigh(moment)
    return vectors[:, np.argsort(-values, kind="stable")]


def rotate_and_slice(model, tokens, kept):
    x = model.embedding[tokens]
    q = principal_axes(x)
    model.embedding = (model.embedding @ q)[:, :kept]
    for layer in model.layers:
        last = layer is model.layers[-1]
        for name in "qkv":
            layer[name] = (layer[name] @ q)[:, :kept]
        sliced = (x @ q)[..., :kept]
        layer["attn_shortcut"] = q.T[:kept]
        between = model.attention(layer, sliced)
        next_q = principal_axes(between)
        layer["attn_shortcut"] = (layer["attn_shortcut"] @ next_q)[:, :kept]
        layer["o"] = (next_q.T @ layer["o"])[:kept]
        q = next_q
        for name in ("gate", "up"):
            layer[name] = (layer[name] @ q)[:, :kept]
        layer["mlp_shortcut"] = q.T[:kept]
        x = model.mlp(layer, model.attention(layer, sliced))
        next_q = principal_axes(x)
        out = model.d if last else kept
        layer["mlp_shortcut"] = (layer["mlp_shortcut"] @ next_q)[:, :out]
        layer["down"] = (next_q.T @ layer["down"])[:out]
        q = next_q
    model.head = model.head @ q
    return model


def losses(model, tokens):
    logits = model.logits(tokens)[:, :-1]
    top = logits.max(-1, keepdims=True)
    log_sum = np.log(np.exp(logits - top).sum(-1)) + top[..., 0]
    picked = np.take_along_axis(logits, tokens[:, 1:, None], -1)[..., 0]
    return (log_sum - picked).mean(-1)


def windows_of(tokenizer, path, count, length):
    ids = tokenizer.encode(path.read_text(), add_special_tokens=False).ids
    return np.array(ids[:count * length]).reshape(count, length)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--calibration", type=pathlib.Path, required=True)
    parser.add_argument("--heldout", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    parser.add_argument("--slicings", type=float, nargs="+", default=[0, 10, 20, 30, 50])
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    calibration = windows_of(tokenizer, options.calibration, 24, 64)
    heldout = windows_of(tokenizer, options.heldout, 8, 64)
    dense = Model(options.model)
    dense_logits = dense.logits(heldout)
    cases = []
    for slicing in options.slicings:
        kept = int(dense.d * (100 - slicing) / 100) // 8 * 8
        model = rotate_and_slice(Model(options.model), calibration, kept)
        if slicing == 0:
            assert np.abs(model.logits(heldout) - dense_logits).max() < 1e-9
        loss = losses(model, heldout)
        cases.append({"slicing": slicing, "width": kept, "parameters_without_norms": int(model.parameters()),
                      "losses": [round(value, 9) for value in loss.tolist()],
                      "perplexity": round(float(np.exp(loss.mean())), 6)})
        print(slicing, kept, cases[-1]["perplexity"], file=sys.stderr)
    found = {"calibration": calibration.ravel().tolist(), "heldout": heldout.ravel().tolist(), "window": 64,
             "dense_losses": [round(value, 9) for value in losses(dense, heldout).tolist()], "cases": cases}
    golden.make(options.out, lambda path: path.write_text(json.dumps(found, separators=(",", ":")) + "\n"))


if __name__ == "__main__":
    main()
