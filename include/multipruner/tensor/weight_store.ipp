// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>

#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE WeightView WeightStore::copy(const WeightView& source) {
  if (!source) return {};
  require_view(source, "weight store", "the source");
  return fill(source.rows, source.columns, source.dtype, [&](Index row, std::byte* target) {
    std::memcpy(target, bytes(source, row), static_cast<std::size_t>(source.columns * size_of(source.dtype)));
  });
}

MULTIPRUNER_INLINE WeightView WeightStore::gather_rows(const WeightView& source, std::span<const Index> order) {
  if (!source) return {};
  require_order(source, order, source.rows, "row");
  return fill(static_cast<Index>(order.size()), source.columns, source.dtype, [&](Index row, std::byte* target) {
    std::memcpy(target, bytes(source, order[static_cast<std::size_t>(row)]),
                static_cast<std::size_t>(source.columns * size_of(source.dtype)));
  });
}

MULTIPRUNER_INLINE WeightView WeightStore::gather_columns(const WeightView& source, std::span<const Index> order) {
  if (!source) return {};
  require_order(source, order, source.columns, "column");
  const auto size = static_cast<std::size_t>(size_of(source.dtype));
  return fill(source.rows, static_cast<Index>(order.size()), source.dtype, [&](Index row, std::byte* target) {
    const std::byte* from = bytes(source, row);
    for (const Index column : order) {
      std::memcpy(target, from + static_cast<std::size_t>(column) * size, size);
      target += size;
    }
  });
}

MULTIPRUNER_INLINE WeightView WeightStore::transposed(const WeightView& source) {
  if (!source) return {};
  require_view(source, "weight store", "the source");
  constexpr Index band = 64;  // columns: what is read of a row and written of a column stays in the cache
  const Index row_bytes = source.rows * size_of(source.dtype);
  std::byte* const data = allocate(product_of_sizes("weight", {source.columns, row_bytes}));
  parallel_for((source.columns + band - 1) / band, [&](Index task) {
    const Index first = task * band, count = std::min(band, source.columns - first);
    const std::span target(data + first * row_bytes, static_cast<std::size_t>(count * row_bytes));
    transpose_columns(source, first, count, target, row_bytes);
  });
  return {data, source.dtype, source.columns, source.rows, source.rows};
}

MULTIPRUNER_INLINE void WeightStore::release(const WeightView& weight) const noexcept {
  for (const ScratchMemory& memory : scratch_) {
    if (!lies_in(weight.memory(), {memory.data(), static_cast<std::size_t>(memory.size())})) continue;
    return detail::release_pages(weight.memory().data(), static_cast<Index>(weight.memory().size()));
  }
}

MULTIPRUNER_INLINE void WeightStore::require_order(const WeightView& source, std::span<const Index> order, Index size,
                                                   const char* what) {
  require_view(source, "weight store", "the source");
  for (const Index index : order) require_index(index, size, "weight store", what);
}

MULTIPRUNER_INLINE const std::byte* WeightStore::bytes(const WeightView& view, Index row) {
  return static_cast<const std::byte*>(view.row_range(row, 1).data);
}

MULTIPRUNER_INLINE std::byte* WeightStore::allocate(Index size) {
  if (!scratch_folder_.empty()) return scratch_.emplace_back(scratch_folder_, size).data();
  return buffers_.emplace_back(size).data();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
