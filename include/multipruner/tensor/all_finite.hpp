// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Whether all entries of a matrix are finite; in parallel over its rows. @throws OptionError for a view
/// that cannot be one.
[[nodiscard]] bool all_finite(MatrixView<const double> matrix);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/all_finite.ipp>
#endif
