// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE std::span<const std::byte> WeightView::memory() const {
  if (size() == 0) return {};
  const Index elements = (rows - 1) * stride + columns;
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(elements * size_of(dtype))};
}

MULTIPRUNER_INLINE WeightView WeightView::row_range(Index first, Index count) const {
  if (data == nullptr) return {nullptr, dtype, count, columns, stride};
  return {static_cast<const char*>(data) + first * stride * size_of(dtype), dtype, count, columns, stride};
}

MULTIPRUNER_INLINE WeightView WeightView::column_range(Index first, Index count) const {
  if (data == nullptr) return {nullptr, dtype, rows, count, stride};
  return {static_cast<const char*>(data) + first * size_of(dtype), dtype, rows, count, stride};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
