#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the golden files of tests/data/gguf with the gguf package for Python (PyPI: gguf, made with 0.19.0; needs numpy).

    python3 tests/oracle/gguf_files.py tests/data/gguf [--check]

written.gguf      every type of key, and tensors in F32, F16, BF16 and Q8_0: tests/io/gguf_writer.cpp makes the same bytes.
dequantized.gguf  blocks of every type that the library reads: "TYPE" has them, "TYPE.f32" what the package makes of them, and
                  "TYPE.bf16" the same in BF16. Random bytes, with scales that are zero, denormal, the largest, infinite and
                  NaN, and rows from a normal distribution where the package can quantise.
split-*.gguf      a model in three parts.
"""

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType, GGUFWriter, quants

import golden


def words(count, seed):
    """A linear congruential generator; the tests have the same."""
    state, result = seed, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        result.append(state)
    return np.array(result, np.uint32)


def values(rows, columns, seed):
    """Numbers of many magnitudes, row by row; all are exact in float32."""
    mantissa = words(rows * columns, seed).view(np.int32) >> 8
    exponent = (np.arange(rows * columns) // 32 % 9 - 26).astype(np.int32)
    return np.ldexp(mantissa.astype(np.float32), exponent).reshape(rows, columns)


def special_rows():
    """Blocks of 32: zeros, ties of the rounding, a single outlier, magnitudes around the smallest scales, negative zeros."""
    rows = np.zeros((8, 32), np.float32)
    rows[1] = np.arange(32, dtype=np.float32) - 15.5
    rows[1, 0] = 127
    rows[2, 7] = -3
    rows[3] = np.ldexp(np.arange(32, dtype=np.float32), -24)
    rows[4] = np.ldexp(np.arange(32, dtype=np.float32), -127)
    rows[5] = np.ldexp(np.arange(32, dtype=np.float32), -149)
    rows[6] = -0.0
    rows[7] = np.ldexp(np.arange(32, dtype=np.float32) - 16, 12)
    return rows


def written(path):
    writer = GGUFWriter(path, "llama")  # adds general.architecture
    writer.add_uint8("a.u8", 250)
    writer.add_int8("a.i8", -100)
    writer.add_uint16("a.u16", 65000)
    writer.add_int16("a.i16", -30000)
    writer.add_uint32("a.u32", 4000000000)
    writer.add_int32("a.i32", -2000000000)
    writer.add_uint64("a.u64", 2**64 - 2)
    writer.add_int64("a.i64", -(2**63))
    writer.add_float32("a.f32", 1e-5)
    writer.add_float64("a.f64", 0.1)
    writer.add_bool("a.true", True)
    writer.add_bool("a.false", False)
    writer.add_string("a.string", "naïve ▁text")
    for name, kind, numbers in [
        ("u8", GGUFValueType.UINT8, [0, 255]), ("i8", GGUFValueType.INT8, [-128, 127]),
        ("u16", GGUFValueType.UINT16, [1, 65535]), ("i16", GGUFValueType.INT16, [-32768, 2]),
        ("u32", GGUFValueType.UINT32, [3, 2**32 - 1]), ("i32", GGUFValueType.INT32, [-1, 0, 1]),
        ("u64", GGUFValueType.UINT64, [2**64 - 1]), ("i64", GGUFValueType.INT64, [-2, 2**62]),
        ("f32", GGUFValueType.FLOAT32, [0.5, -1000.0]), ("f64", GGUFValueType.FLOAT64, [0.25, 1e300]),
        ("bool", GGUFValueType.BOOL, [True, False, True]), ("string", GGUFValueType.STRING, ["<s>", "", "▁a", "b c"]),
    ]:
        writer.add_key_value("list." + name, numbers, GGUFValueType.ARRAY, kind)

    matrix = values(6, 64, 1)
    writer.add_tensor("matrix.f32", matrix)
    writer.add_tensor("matrix.f16", matrix.astype(np.float16))
    for kind in [GGMLQuantizationType.BF16, GGMLQuantizationType.Q8_0]:
        writer.add_tensor("matrix." + kind.name.lower(), quants.quantize(matrix, kind), raw_dtype=kind)
    writer.add_tensor("vector", values(1, 3, 2)[0])
    writer.add_tensor("cube", values(6, 4, 3).reshape(2, 3, 4))
    writer.add_tensor("special", quants.quantize(special_rows(), GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
    finish(writer)


# Where float16 scales stand in a block.
SCALES = {"F32": [], "F16": [], "BF16": [], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
          "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0]}
SPECIAL = [0x0000, 0x8000, 0x0001, 0x83FF, 0x7BFF, 0xFBFF, 0x7C00, 0x7E01]


def blocks(kind, seed):
    """Blocks of random bytes: four with scales of usual size, one a special scale, one with nothing changed."""
    values, size = GGML_QUANT_SIZES[kind]
    offsets = SCALES[kind.name]
    count = 4 + len(SPECIAL) + 1 if offsets else 4 * 32
    bytes_ = words(count * size, seed).view(np.uint8)[3::4].reshape(count, size).copy()  # the high bytes are the random ones
    for number, block in enumerate(bytes_):
        for place, offset in enumerate(offsets):
            if number < 4:
                scale = np.float16([0.01, -0.002, 1.5, 3e-5][(number + place) % 4])
                block[offset:offset + 2] = np.frombuffer(scale.tobytes(), np.uint8)
            elif number < 4 + len(SPECIAL):
                special = SPECIAL[(number - 4 + 3 * place) % len(SPECIAL)]
                block[offset:offset + 2] = [special & 255, special >> 8]
    return bytes_


def normal_rows(rows, columns, seed):
    """By the central limit theorem, so that no generator of NumPy matters."""
    uniform = words(rows * columns * 12, seed).astype(np.float64) / 2**32
    return (uniform.reshape(rows, columns, 12).sum(-1) - 6).astype(np.float32) * np.float32(0.02)


def dequantized(path):
    writer = GGUFWriter(path, "llama")
    for seed, name in enumerate(SCALES):
        kind = GGMLQuantizationType[name]
        parts = [blocks(kind, 100 + seed)]
        if name.startswith(("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")):
            parts.append(quants.quantize(normal_rows(9, 32, 200 + seed), kind))
        stored = np.concatenate(parts)
        if len(stored) % 2 == 0:  # several blocks a row
            stored = stored.reshape(len(stored) // 2, -1)
        with np.errstate(all="ignore"):
            values = quants.dequantize(stored, kind)
        writer.add_tensor(name, stored, raw_dtype=kind)
        writer.add_tensor(name + ".f32", values)
        with np.errstate(all="ignore"):
            writer.add_tensor(name + ".bf16", quants.quantize(values, GGMLQuantizationType.BF16), raw_dtype=GGMLQuantizationType.BF16)
    for kind in [GGMLQuantizationType.IQ2_XXS, GGMLQuantizationType.TQ1_0]:
        writer.add_tensor(kind.name, blocks_of_zeros(kind), raw_dtype=kind)
    finish(writer)


def blocks_of_zeros(kind):
    return np.zeros((1, GGML_QUANT_SIZES[kind][1]), np.uint8)


def split(path):
    writer = GGUFWriter(path, "llama", split_max_tensors=2)
    writer.add_uint32("llama.block_count", 2)
    for i in range(5):
        writer.add_tensor(f"blk.{i}.weight", values(2, 4, 50 + i))
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_all(folder):
    folder.mkdir(parents=True, exist_ok=True)
    written(folder / "written.gguf")
    dequantized(folder / "dequantized.gguf")
    split(folder / "split.gguf")


if __name__ == "__main__":
    golden.make(golden.arguments()[0], write_all)
