// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The covariance of the inputs, G / N − μ μᵀ over N rows: what takes the place of the Gram matrix in a fit with a
/// bias.
/// @throws OptionError where the two are not of the same rows and columns.
[[nodiscard]] Matrix<double> covariance(const Gram& gram, const ColumnMoments& moments);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/covariance.ipp>
#endif
