// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/blocks/rope_config.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Inverse frequencies of rotary position embedding, head_dim/2 of them, scaled as config.json asks.
///
/// Float32 like in transformers, so that angles at long distances round as there. Linear: f/factor. Llama 3: with
/// wavelength λ = 2π/f and L = original_max_position_embeddings, f stays where λ < L/high_freq_factor, becomes f/factor
/// where λ > L/low_freq_factor, and is interpolated between. YaRN (arXiv 2309.00071): f stays in the channels below one
/// that turns beta_fast times in L tokens, becomes f/factor in those above one that turns beta_slow times, and is
/// interpolated between by the channel. LongRoPE (arXiv 2402.13753): f/factors[j].
/// @throws OptionError for a head_dim below 0, and for fewer factors than frequencies.
[[nodiscard]] std::vector<float> rotary_frequencies(const RopeConfig& rope, Index head_dim);

/// Cosines and sines of position · frequency, times the attention factor, for positions 0 … count − 1.
class RotaryTable {
 public:
  /// @throws OptionError for sizes that are negative or more than any memory.
  RotaryTable(const RopeConfig& rope, Index head_dim, Index count);

  [[nodiscard]] Index count() const { return cosines_.rows(); }
  [[nodiscard]] MatrixView<const float> cosines() const { return cosines_.view(); }
  [[nodiscard]] MatrixView<const float> sines() const { return sines_.view(); }

 private:
  Matrix<float> cosines_, sines_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/rotary_table.ipp>
#endif
