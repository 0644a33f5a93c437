#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include <xtensor/xadapt.hpp>
#include <xtensor/xstrided_view.hpp>

#include <multipruner/tensor/matrix_view.hpp>

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

}  // namespace multipruner
