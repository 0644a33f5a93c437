#pragma once

#include <cstddef>
#include <span>

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Puts weights that were computed in double into a store, in the scalar type of a model: by float32 to the nearest.
/// What is too large for the type becomes infinity.
template <class Derived>
[[nodiscard]] WeightView store_weights(WeightStore& store, const Eigen::MatrixBase<Derived>& weights, DType dtype) {
  return store.fill(weights.rows(), weights.cols(), dtype, [&](Index row, std::byte* target) {
    const Eigen::VectorXf values = weights.row(row).transpose().template cast<float>();
    simd::from_float({values.data(), static_cast<std::size_t>(values.size())}, dtype, target);
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
