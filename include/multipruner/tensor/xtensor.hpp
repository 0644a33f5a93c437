// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// The same memory as an xtensor expression (rows × columns, no copy), for everything that is not a hot kernel.
/// @throws OptionError for a view that cannot be read.
template <class Scalar>
[[nodiscard]] auto as_xtensor(MatrixView<Scalar> view) {
  require_view(view, "as_xtensor", "the view");
  const std::array shape{static_cast<std::size_t>(view.rows), static_cast<std::size_t>(view.columns)};
  const std::array<Index, 2> strides{view.stride, 1};
  Scalar* data = view.data;
  // Moved, because xtensor would keep a reference to the pointer. It wants the number of elements, not of what they
  // span.
  return xt::adapt(std::move(data), shape[0] * shape[1], xt::no_ownership(), shape, strides);
}

/// A float32 copy of a stored weight (rows × columns), for arithmetic on weights of any scalar type.
[[nodiscard]] xt::xtensor<float, 2> to_xtensor(const WeightView& weight);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/xtensor.ipp>
#endif
