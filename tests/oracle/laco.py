#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/laco/stories-1.6M.json: what LaCo decides on the shipped model, and why.

    python3 tests/oracle/laco.py [--check]

The loop is that of the released notebooks (yangyifei729/LaCo): which merges are tried, how similar the last hidden
states of the merged model are to those of the unmerged one, and which merges stay. Both formulas are merged one
difference at a time, as the notebook and the paper have them. Models run in float64, by a forward pass that is first
checked against hidden states of transformers (tests/data/arch/llama-gqa). Needs numpy.
"""

import json
import pathlib

import numpy as np

import golden

ROOT = pathlib.Path(__file__).parents[2]
LINEARS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
           "mlp.up_proj", "mlp.down_proj"]


def read_tensors(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        raw = data[8 + size + begin:8 + size + end]
        if info["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw, {"F32": np.float32, "I64": np.int64}[info["dtype"]])
        tensors[name] = values.reshape(info["shape"])
    return tensors


def to_bfloat16(values):
    """Rounds by float32 to the nearest, ties to even."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)


class Model:
    def __init__(self, folder):
        self.config = json.loads((folder / "config.json").read_text())
        tensors = {k: v.astype(np.float64) for k, v in read_tensors(folder / "model.safetensors").items()}
        self.embedding = tensors["model.embed_tokens.weight"]
        self.norm = tensors["model.norm.weight"]
        self.layers = []
        for i in range(self.config["num_hidden_layers"]):
            prefix = f"model.layers.{i}."
            self.layers.append({k[len(prefix):-len(".weight")]: v for k, v in tensors.items() if k.startswith(prefix)})

    def rms_norm(self, x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["rms_norm_eps"]) * weight

    def rotate(self, x):
        size = x.shape[-1]
        angles = np.outer(np.arange(x.shape[1]), self.config["rope_theta"] ** (-np.arange(0, size, 2) / size))
        cos, sin = np.cos(angles), np.sin(angles)
        a, b = x[..., :size // 2], x[..., size // 2:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    def attention(self, x, layer):
        heads, shared, size = (self.config[k] for k in ("num_attention_heads", "num_key_value_heads", "head_dim"))
        split = lambda name, count: (x @ layer[name].T).reshape(len(x), count, size).transpose(1, 0, 2)
        q = self.rotate(split("self_attn.q_proj", heads))
        k = self.rotate(split("self_attn.k_proj", shared)).repeat(heads // shared, 0)
        v = split("self_attn.v_proj", shared).repeat(heads // shared, 0)
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(size) + np.triu(np.full((len(x), len(x)), -np.inf), 1)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return (weights @ v).transpose(1, 0, 2).reshape(len(x), heads * size) @ layer["self_attn.o_proj"].T

    def mlp(self, x, layer):
        gate = x @ layer["mlp.gate_proj"].T
        return (gate / (1 + np.exp(-gate)) * (x @ layer["mlp.up_proj"].T)) @ layer["mlp.down_proj"].T

    def stream(self, ids, layers):
        x = self.embedding[ids]
        for layer in layers:
            x = x + self.attention(self.rms_norm(x, layer["input_layernorm"]), layer)
            x = x + self.mlp(self.rms_norm(x, layer["post_attention_layernorm"]), layer)
        return x

    def last_hidden(self, ids, layers):
        return self.rms_norm(self.stream(ids, layers), self.norm)


def check_forward():
    folder = ROOT / "tests/data/arch/llama-gqa"
    model, golden = Model(folder), read_tensors(folder / "golden.safetensors")
    for ids, hidden in zip(golden["input_ids"], golden["hidden.4"]):
        assert np.abs(model.stream(ids, model.layers) - hidden).max() < 1e-4


def merged(layers, base, count, formula):
    result = [dict(layer) for layer in layers]
    for name in LINEARS:
        for j in range(base + 1, base + 1 + count):
            taken_from = layers[base][name] if formula == "sum_of_differences" else result[base][name]
            result[base][name] = result[base][name] + (layers[j][name] - taken_from)
        result[base][name] = to_bfloat16(result[base][name])
    return result[:base + 1] + result[base + 1 + count:]


def similarity(model, windows, layers):
    cosines = []
    for ids in windows:
        a, b = model.last_hidden(ids, model.layers).ravel(), model.last_hidden(ids, layers).ravel()
        cosines.append(a @ b / np.sqrt((a @ a) * (b @ b)))
    return float(np.mean(cosines))


def collapse(model, windows, c, low, high, interval, threshold, formula):
    layers, tries, at = model.layers, [], high - c
    while at >= low:
        count = min(c - 1, len(layers) - at - 1)
        candidate = merged(layers, at, count, formula)
        similar = similarity(model, windows, candidate)
        tries.append({"layer": at, "followers": count, "similarity": similar, "taken": similar > threshold})
        if similar > threshold:
            layers = candidate
            at -= interval
            if at >= len(layers):
                at = len(layers) - 1 - c
        else:
            at -= 1
    return tries


def main():
    check_forward()
    model = Model(ROOT / "examples/models/stories-1.6M")
    length, count = 24, 4
    ids = np.array([(i * i * 3 + i * 37) % 1000 for i in range(length * count)])
    windows = ids.reshape(count, length)
    cases = []
    for c, low, high, interval, threshold in [(2, 0, 7, 1, 0.6), (3, 0, 8, 2, 0.3), (2, 1, 8, 2, 0.8), (4, 0, 7, 1, 0.2),
                                              (3, 1, 7, 1, 0.5)]:
        for formula in ["sum_of_differences", "last_layer"]:
            tries = collapse(model, windows, c, low, high, interval, threshold, formula)
            assert min(abs(t["similarity"] - threshold) for t in tries) > 1e-3  # rounding decides nothing
            cases.append({"layers_per_merge": c, "lowest": low, "highest": high, "interval": interval,
                          "threshold": threshold, "merge": formula, "tries": tries})
    lines = ",\n".join(" " + json.dumps(case) for case in cases)
    text = f'{{"length": {length}, "tokens": {ids.tolist()}, "cases": [\n{lines}\n]}}\n'
    golden.make(ROOT / "tests/data/laco/stories-1.6M.json", lambda path: path.write_text(text))
    for case in [] if golden.checking() else cases:
        print(case["layers_per_merge"], case["merge"], case["threshold"],
              [(t["layer"], t["followers"], round(t["similarity"], 4), t["taken"]) for t in case["tries"]])


main()
