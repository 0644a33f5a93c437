#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>

#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner {

/// The same memory as an xtensor expression (rows × columns, no copy), for everything that is not a hot kernel.
template <class Scalar>
[[nodiscard]] auto as_xtensor(MatrixView<Scalar> view) {
  using Size = std::size_t;
  const std::array<Size, 2> shape{static_cast<Size>(view.rows), static_cast<Size>(view.columns)};
  const std::array<Index, 2> strides{view.stride, 1};
  const Size span = view.rows == 0 ? 0 : static_cast<Size>((view.rows - 1) * view.stride + view.columns);
  return xt::adapt(view.data, span, xt::no_ownership(), shape, strides);
}

/// A float32 copy of a stored weight (rows × columns), for arithmetic on weights of any scalar type.
[[nodiscard]] inline xt::xtensor<float, 2> to_xtensor(const WeightView& weight) {
  auto copy = xt::xtensor<float, 2>::from_shape(
      {static_cast<std::size_t>(weight.rows), static_cast<std::size_t>(weight.columns)});
  weight.visit([&](const auto matrix) {
    float* target = copy.data();
    for (Index row = 0; row < matrix.rows; ++row) {
      for (Index column = 0; column < matrix.columns; ++column) *target++ = to_float(matrix.row(row)[column]);
    }
  });
  return copy;
}

}  // namespace multipruner
