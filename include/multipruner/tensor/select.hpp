// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// The entries of a matrix in some rows and columns. @throws OptionError for one that it does not have, and
/// for a view that cannot be one.
[[nodiscard]] Matrix<double> select(MatrixView<const double> matrix, std::span<const Index> rows,
                                    std::span<const Index> columns);

/// The entries of a matrix in some rows. @throws OptionError for one that it does not have, and
/// for a view that cannot be one.
[[nodiscard]] Matrix<double> select_rows(MatrixView<const double> matrix, std::span<const Index> rows);

/// The entries of a matrix in some columns. @throws OptionError for one that it does not have, and
/// for a view that cannot be one.
[[nodiscard]] Matrix<double> select_columns(MatrixView<const double> matrix, std::span<const Index> columns);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/select.ipp>
#endif
