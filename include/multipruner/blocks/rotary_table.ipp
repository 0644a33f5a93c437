// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include <multipruner/blocks/rotary_table.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE std::vector<float> rotary_frequencies(const RopeConfig& rope, Index head_dim) {
  if (head_dim < 0)
    throw OptionError("rotary positions", "heads have " + std::to_string(head_dim) + " channels", "Give 0 or more");
  std::vector<float> frequencies;
  for (Index j = 0; j < head_dim / 2; ++j) {
    const double exponent = static_cast<double>(2 * j) / static_cast<double>(head_dim);
    const auto frequency = static_cast<float>(1.0 / std::pow(rope.theta, exponent));
    double scaled = frequency;
    if (rope.scaling == RopeScaling::linear) scaled = frequency / rope.factor;
    if (rope.scaling == RopeScaling::llama3) {
      const auto length = static_cast<double>(rope.original_max_position_embeddings);
      const double rotations = length * frequency / (2 * std::numbers::pi);  // L/λ
      const double kept = (rotations - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
      if (rotations < rope.low_freq_factor) {
        scaled = frequency / rope.factor;
      } else if (rotations <= rope.high_freq_factor) {
        scaled = (1 - kept) * frequency / rope.factor + kept * frequency;
      }
    }
    frequencies.push_back(static_cast<float>(scaled));
  }
  return frequencies;
}

MULTIPRUNER_INLINE RotaryTable::RotaryTable(const RopeConfig& rope, Index head_dim, Index count)
    : cosines_(count, head_dim / 2), sines_(count, head_dim / 2) {
  const std::vector<float> frequencies = rotary_frequencies(rope, head_dim);
  for (Index position = 0; position < count; ++position) {
    float* cosine = cosines_.view().row(position);
    float* sine = sines_.view().row(position);
    for (const float frequency : frequencies) {
      const double angle = static_cast<float>(position) * frequency;
      *cosine++ = static_cast<float>(std::cos(angle));
      *sine++ = static_cast<float>(std::sin(angle));
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
