// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// How the weights of a whole model are pruned.
struct SparsifyOptions {
  /// Whether a linear of a layer (q_proj, ..., down_proj) stays as it is. Unset: all are pruned.
  std::function<bool(TensorRole role, Index layer)> skip = {};
  /// What the products of the forward passes are computed in.
  simd::Compute compute = simd::Compute::float32;
  /// About so many tokens go through a block together; it bounds memory and changes no bit.
  Index rows_per_pass = 4096;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
