#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/rotary_table.hpp>
#include <multipruner/simd/attention.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Memory that a forward pass needs besides the residual stream. Used again and again it stops allocating. One thread
/// of control at a time; it belongs to no model.
class Workspace {
 public:
  Workspace() = default;

  /// @param compute what the products of the forward passes are computed in.
  explicit Workspace(simd::Compute compute) : compute_(compute) {}

  [[nodiscard]] simd::Compute compute() const { return compute_; }

  Matrix<float> normed;                            ///< rows × hidden_size
  Matrix<float> queries, keys, values, attention;  ///< rows × width, or × key/value width
  Matrix<float> gate, up;                          ///< rows × MLP width
  std::vector<simd::AttentionSegment> segments;

  /// A rotary table for at least `positions` positions of a model. @throws OptionError for fewer than 0.
  const RotaryTable& rotary(const ModelConfig& config, Index positions);

 private:
  simd::Compute compute_ = simd::Compute::float32;
  std::optional<RotaryTable> rotary_;
  Index rotary_dim_ = 0;
  RopeConfig rope_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/workspace.ipp>
#endif
