#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner {

/// Inverse frequencies of rotary position embedding, head_dim/2 of them, scaled as config.json asks.
///
/// Float32 like in transformers, so that angles at long distances round as there. Linear: f/factor. Llama 3: with
/// wavelength λ = 2π/f and L = original_max_position_embeddings, f stays where λ < L/high_freq_factor, becomes f/factor
/// where λ > L/low_freq_factor, and is interpolated between.
/// @throws OptionError for a head_dim below 0.
[[nodiscard]] inline std::vector<float> rotary_frequencies(const RopeConfig& rope, Index head_dim) {
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

/// Cosines and sines of position · frequency, for positions 0 … count − 1.
class RotaryTable {
 public:
  /// @throws OptionError for sizes that are negative or more than any memory.
  RotaryTable(const RopeConfig& rope, Index head_dim, Index count)
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

  [[nodiscard]] Index count() const { return cosines_.rows(); }
  [[nodiscard]] MatrixView<const float> cosines() const { return cosines_.view(); }
  [[nodiscard]] MatrixView<const float> sines() const { return sines_.view(); }

 private:
  Matrix<float> cosines_, sines_;
};

}  // namespace multipruner
