// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>

#include <multipruner/blocks/rotary_table.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Memory that a forward pass needs besides the residual stream. Used again and again it stops allocating. One thread
/// of control at a time; it belongs to no model.
class Workspace {
 public:
  Workspace() = default;

  /// @param compute what the products of the forward passes are computed in.
  explicit Workspace(simd::Compute compute) : compute_(compute) {}

  [[nodiscard]] simd::Compute compute() const { return compute_; }

  Matrix<float> normed;       ///< rows × the stream: what a block makes of it first
  Matrix<float> next_stream;  ///< of a block whose stream goes through a shortcut
  std::vector<simd::AttentionSegment> segments;

  /// The i-th of as many matrices as a block needs while it runs; what the block before left there is of no use.
  [[nodiscard]] Matrix<float>& buffer(std::size_t i);

  /// A rotary table for at least `positions` positions. Tables are kept by what they are made of: a model may have
  /// several. @throws OptionError for fewer than 0.
  const RotaryTable& rotary(const RopeConfig& rope, Index head_dim, Index positions);

 private:
  struct KnownTable {
    RopeConfig rope;
    Index head_dim;
    RotaryTable table;
  };

  simd::Compute compute_ = simd::Compute::float32;
  std::deque<Matrix<float>> buffers_;
  std::deque<KnownTable> rotary_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/workspace.ipp>
#endif
