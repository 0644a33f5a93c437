// SPDX-License-Identifier: MIT
#pragma once

/// @file
/// The blocks of quantised GGUF types, and what values they stand for. Layouts and the order of operations are those of
/// gguf/quants.py of github.com/ggml-org/llama.cpp, so that results have the same bits. All products of scales and
/// quants have at most 24 significant bits: they are exact, and whether a compiler fuses one with the subtraction
/// behind it makes no difference.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A float16 anywhere in memory.
[[nodiscard]] inline float load_half(const std::uint8_t* bytes) {
  Float16 value;
  std::memcpy(&value.bits, bytes, sizeof(value.bits));
  return to_float(value);
}

template <class T>
[[nodiscard]] T load_bits(const std::uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

/// Small integers become int first, from which compilers convert many at a time.
[[nodiscard]] constexpr float as_float(int value) {
  return static_cast<float>(value);
}

struct BlockQ4_0 {
  static constexpr Index values = 32, bytes = 18;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block);
    const std::uint8_t* quants = block + 2;
    for (int j = 0; j < 16; ++j) target[j] = scale * as_float((quants[j] & 15) - 8);
    for (int j = 0; j < 16; ++j) target[16 + j] = scale * as_float((quants[j] >> 4) - 8);
  }
};

struct BlockQ4_1 {
  static constexpr Index values = 32, bytes = 20;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block), least = load_half(block + 2);
    const std::uint8_t* quants = block + 4;
    for (int j = 0; j < 16; ++j) target[j] = scale * as_float(quants[j] & 15) + least;
    for (int j = 0; j < 16; ++j) target[16 + j] = scale * as_float(quants[j] >> 4) + least;
  }
};

/// Quants of five bits, the fifth of all 32 in a word of their own.
inline void unpack_five_bits(const std::uint8_t* high, const std::uint8_t* low, int* quants) {
  const auto fifth = load_bits<std::uint32_t>(high);
  for (int j = 0; j < 16; ++j) quants[j] = (low[j] & 15) | static_cast<int>((fifth >> j & 1u) << 4);
  for (int j = 0; j < 16; ++j) quants[16 + j] = (low[j] >> 4) | static_cast<int>((fifth >> (16 + j) & 1u) << 4);
}

struct BlockQ5_0 {
  static constexpr Index values = 32, bytes = 22;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block);
    std::array<int, values> quants;
    unpack_five_bits(block + 2, block + 6, quants.data());
    for (std::size_t j = 0; j < values; ++j) target[j] = scale * as_float(quants[j] - 16);
  }
};

struct BlockQ5_1 {
  static constexpr Index values = 32, bytes = 24;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block), least = load_half(block + 2);
    std::array<int, values> quants;
    unpack_five_bits(block + 4, block + 8, quants.data());
    for (std::size_t j = 0; j < values; ++j) target[j] = scale * as_float(quants[j]) + least;
  }
};

struct BlockQ8_0 {
  static constexpr Index values = 32, bytes = 34;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block);
    for (int j = 0; j < 32; ++j) target[j] = scale * as_float(static_cast<std::int8_t>(block[2 + j]));
  }
};

struct BlockQ2K {
  static constexpr Index values = 256, bytes = 84;
  static void expand(const std::uint8_t* block, float* target) {
    const std::uint8_t *scales = block, *quants = block + 16;
    const float scale = load_half(block + 80), least = load_half(block + 82);
    for (int group = 0; group < 16; ++group) {
      const float group_scale = scale * as_float(scales[group] & 15),
                  group_least = least * as_float(scales[group] >> 4);
      const std::uint8_t* source = quants + 32 * (group / 8) + 16 * (group % 2);
      const int shift = group % 8 / 2 * 2;
      for (int j = 0; j < 16; ++j)
        target[16 * group + j] = group_scale * as_float(source[j] >> shift & 3) - group_least;
    }
  }
};

struct BlockQ3K {
  static constexpr Index values = 256, bytes = 110;
  static void expand(const std::uint8_t* block, float* target) {
    const std::uint8_t *mask = block, *quants = block + 32, *scales = block + 96;
    const float scale = load_half(block + 108);
    for (int group = 0; group < 16; ++group) {
      const int low = scales[group % 8] >> (group / 8 * 4) & 15, high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
      const float group_scale = scale * as_float((low | high << 4) - 32);
      const std::uint8_t* source = quants + 32 * (group / 8) + 16 * (group % 2);
      const std::uint8_t* bits = mask + 16 * (group % 2);
      const int shift = group % 8 / 2 * 2, bit = group / 2;
      for (int j = 0; j < 16; ++j) {  // 4 less where the bit of the mask is not set
        const int quant = (source[j] >> shift & 3) - 4 + (bits[j] >> bit & 1) * 4;
        target[16 * group + j] = group_scale * as_float(quant);
      }
    }
  }
};

/// The eight scales and the eight least values of Q4_K and Q5_K, six bits each.
struct SixBitScales {
  std::array<int, 8> scales, leasts;

  explicit SixBitScales(const std::uint8_t* packed) {
    for (std::size_t i = 0; i < 4; ++i) {
      scales[i] = packed[i] & 63;
      leasts[i] = packed[4 + i] & 63;
      scales[4 + i] = (packed[8 + i] & 15) | (packed[i] >> 6) << 4;
      leasts[4 + i] = (packed[8 + i] >> 4) | (packed[4 + i] >> 6) << 4;
    }
  }
};

struct BlockQ4K {
  static constexpr Index values = 256, bytes = 144;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block), least = load_half(block + 2);
    const SixBitScales packed(block + 4);
    const std::uint8_t* quants = block + 16;
    for (std::size_t group = 0; group < 8; ++group) {
      const float group_scale = scale * as_float(packed.scales[group]),
                  group_least = least * as_float(packed.leasts[group]);
      const std::uint8_t* source = quants + 32 * (group / 2);
      const int shift = group % 2 == 0 ? 0 : 4;
      float* out = target + 32 * group;
      for (int j = 0; j < 32; ++j) out[j] = group_scale * as_float(source[j] >> shift & 15) - group_least;
    }
  }
};

struct BlockQ5K {
  static constexpr Index values = 256, bytes = 176;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block), least = load_half(block + 2);
    const SixBitScales packed(block + 4);
    const std::uint8_t *high = block + 16, *quants = block + 48;
    for (std::size_t group = 0; group < 8; ++group) {
      const float group_scale = scale * as_float(packed.scales[group]),
                  group_least = least * as_float(packed.leasts[group]);
      const std::uint8_t* source = quants + 32 * (group / 2);
      const int shift = group % 2 == 0 ? 0 : 4;
      float* out = target + 32 * group;
      for (int j = 0; j < 32; ++j) {
        const int quant = (source[j] >> shift & 15) | (high[j] >> group & 1) << 4;
        out[j] = group_scale * as_float(quant) - group_least;
      }
    }
  }
};

struct BlockQ6K {
  static constexpr Index values = 256, bytes = 210;
  static void expand(const std::uint8_t* block, float* target) {
    const std::uint8_t *low = block, *high = block + 128, *scales = block + 192;
    const float scale = load_half(block + 208);
    for (int group = 0; group < 16; ++group) {  // 16 values each
      const float group_scale = scale * as_float(static_cast<std::int8_t>(scales[group]));
      const int half = group / 8, row = group % 8 / 2, part = group % 2;
      const std::uint8_t* lower = low + 64 * half + 32 * (row % 2) + 16 * part;
      const std::uint8_t* upper = high + 32 * half + 16 * part;
      const int shift = row / 2 * 4, upper_shift = row * 2;
      for (int j = 0; j < 16; ++j) {
        const int quant = ((lower[j] >> shift & 15) | (upper[j] >> upper_shift & 3) << 4) - 32;
        target[16 * group + j] = group_scale * as_float(quant);
      }
    }
  }
};

/// What the quants of IQ4_NL and IQ4_XS stand for.
inline constexpr std::array<int, 16> iq4_values{-127, -104, -83, -65, -49, -35, -22, -10,
                                                1,    13,   25,  38,  53,  69,  89,  113};

/// 32 of them with one scale.
inline void expand_iq4(float scale, const std::uint8_t* quants, float* target) {
  std::array<float, 16> scaled;
  for (std::size_t i = 0; i < 16; ++i) scaled[i] = scale * as_float(iq4_values[i]);
  for (int j = 0; j < 16; ++j) {
    target[j] = scaled[quants[j] & 15u];
    target[16 + j] = scaled[static_cast<std::size_t>(quants[j] >> 4)];
  }
}

struct BlockIQ4NL {
  static constexpr Index values = 32, bytes = 18;
  static void expand(const std::uint8_t* block, float* target) { expand_iq4(load_half(block), block + 2, target); }
};

struct BlockIQ4XS {
  static constexpr Index values = 256, bytes = 136;
  static void expand(const std::uint8_t* block, float* target) {
    const float scale = load_half(block);
    const auto high = load_bits<std::uint16_t>(block + 2);
    const std::uint8_t *low = block + 4, *quants = block + 8;
    for (int group = 0; group < 8; ++group) {
      const int group_scale = (low[group / 2] >> (group % 2 * 4) & 15) | (high >> (2 * group) & 3) << 4;
      expand_iq4(scale * as_float(group_scale - 32), quants + 16 * group, target + 32 * group);
    }
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
