// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// result += scale · a · b, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  k × n
/// @throws OptionError where shapes disagree.
void add_product(MatrixView<double> result, double scale, MatrixView<const double> a, MatrixView<const double> b);

/// result += scale · a · bᵀ, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  n × k
/// @throws OptionError where shapes disagree.
void add_product_of_rows(MatrixView<double> result, double scale, MatrixView<const double> a,
                         MatrixView<const double> b);

/// a · b, on one thread.
/// @param a  m × k @param b  k × n @throws OptionError where shapes disagree.
[[nodiscard]] Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b);

/// a · bᵀ, on one thread.
/// @param a  m × k @param b  n × k @throws OptionError where shapes disagree.
[[nodiscard]] Matrix<double> product_of_rows(MatrixView<const double> a, MatrixView<const double> b);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/products.ipp>
#endif
