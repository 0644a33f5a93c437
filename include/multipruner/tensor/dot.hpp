// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Σ a_i · b_i. The same bits wherever the values lie.
[[nodiscard]] double dot(const double* a, const double* b, Index count);

/// Σ a_i². The same bits wherever the values lie.
[[nodiscard]] double squared_norm(const double* values, Index count);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/dot.ipp>
#endif
