// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

#include <multipruner/blocks/rotary_table.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A frequency as Llama 3 stretches it.
inline double stretched_by_llama3(const RopeConfig& rope, float frequency) {
  const auto length = static_cast<double>(rope.original_max_position_embeddings);
  const double rotations = length * frequency / (2 * std::numbers::pi);  // L/λ
  const double kept = (rotations - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  if (rotations < rope.low_freq_factor) return frequency / rope.factor;
  if (rotations <= rope.high_freq_factor) return (1 - kept) * frequency / rope.factor + kept * frequency;
  return frequency;
}

/// The channel, counted in pairs and not whole, that turns so often in the original length.
inline double channel_of_rotations(const RopeConfig& rope, Index head_dim, double rotations) {
  const auto length = static_cast<double>(rope.original_max_position_embeddings);
  return static_cast<double>(head_dim) * std::log(length / (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(rope.theta));
}

/// Frequency j as YaRN stretches it.
inline double stretched_by_yarn(const RopeConfig& rope, Index head_dim, Index j, float frequency) {
  double low = channel_of_rotations(rope, head_dim, rope.beta_fast);
  double high = channel_of_rotations(rope, head_dim, rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(head_dim - 1));
  if (low == high) high += 0.001;  // as transformers
  const double stretched = std::clamp((static_cast<double>(j) - low) / (high - low), 0.0, 1.0);
  return frequency / rope.factor * stretched + frequency * (1 - stretched);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE std::vector<float> rotary_frequencies(const RopeConfig& rope, Index head_dim) {
  if (head_dim < 0)
    throw OptionError("rotary positions", "heads have " + std::to_string(head_dim) + " channels", "Give 0 or more");
  if (rope.scaling == RopeScaling::longrope && static_cast<Index>(rope.factors.size()) != head_dim / 2) {
    throw OptionError("rotary positions",
                      "there are " + std::to_string(rope.factors.size()) + " factors for " +
                          std::to_string(head_dim / 2) + " frequencies",
                      "Give one for each");
  }
  std::vector<float> frequencies;
  for (Index j = 0; j < head_dim / 2; ++j) {
    const double exponent = static_cast<double>(2 * j) / static_cast<double>(head_dim);
    const auto frequency = static_cast<float>(1.0 / std::pow(rope.theta, exponent));
    double scaled = frequency;
    if (rope.scaling == RopeScaling::linear) scaled = frequency / rope.factor;
    if (rope.scaling == RopeScaling::llama3) scaled = detail::stretched_by_llama3(rope, frequency);
    if (rope.scaling == RopeScaling::yarn) scaled = detail::stretched_by_yarn(rope, head_dim, j, frequency);
    if (rope.scaling == RopeScaling::longrope) scaled = frequency / rope.factors[static_cast<std::size_t>(j)];
    frequencies.push_back(static_cast<float>(scaled));
  }
  return frequencies;
}

MULTIPRUNER_INLINE RotaryTable::RotaryTable(const RopeConfig& rope, Index head_dim, Index count)
    : cosines_(count, head_dim / 2), sines_(count, head_dim / 2) {
  const std::vector<float> frequencies = rotary_frequencies(rope, head_dim);
  const auto factor = static_cast<float>(rope.attention_factor);
  for (Index position = 0; position < count; ++position) {
    float* cosine = cosines_.view().row(position);
    float* sine = sines_.view().row(position);
    for (const float frequency : frequencies) {
      const double angle = static_cast<float>(position) * frequency;
      *cosine++ = static_cast<float>(std::cos(angle)) * factor;
      *sine++ = static_cast<float>(std::sin(angle)) * factor;
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
