// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/scratch_memory.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Owns copies of weights and hands out views of them. Copies keep their scalar type, bit for bit.
///
/// Views stay valid as long as the store lives.
class WeightStore final : public WeightMemory {
 public:
  WeightStore() = default;

  /// @param scratch_folder a folder in whose files the copies lie instead, so that `release` gives their memory back.
  explicit WeightStore(std::filesystem::path scratch_folder) : scratch_folder_(std::move(scratch_folder)) {}

  /// A contiguous copy of a (possibly strided) view; an empty view stays empty. @throws OptionError for a view that
  /// cannot be read.
  WeightView copy(const WeightView& source);

  /// Row i of the copy is row order[i] of the source; an empty view stays empty. @throws OptionError for a row that the
  /// source does not have.
  WeightView gather_rows(const WeightView& source, std::span<const Index> order);

  /// Column j of the copy is column order[j] of the source; an empty view stays empty. @throws OptionError for a column
  /// that the source does not have.
  WeightView gather_columns(const WeightView& source, std::span<const Index> order);

  /// Column j of the source is row j of the copy; an empty view stays empty. @throws OptionError as `copy`.
  WeightView transposed(const WeightView& source);

  /// A contiguous matrix whose rows are written in parallel by `fill_row(row, target)`, target being the row's memory.
  /// @throws OptionError for sizes that are negative or more than any memory.
  template <class FillRow>
  WeightView fill(Index rows, Index columns, DType dtype, FillRow&& fill_row) {
    std::byte* const data = allocate(product_of_sizes("weight", {rows, columns, size_of(dtype)}));
    const Index row_bytes = columns * size_of(dtype);
    parallel_for(rows, [&](Index row) { fill_row(row, data + row * row_bytes); });
    return {data, dtype, rows, columns, columns};
  }

  MULTIPRUNER_INLINE void release(const WeightView& weight) const noexcept override;

 private:
  static void require_order(const WeightView& source, std::span<const Index> order, Index size, const char* what);

  static const std::byte* bytes(const WeightView& view, Index row);

  std::byte* allocate(Index size);

  std::filesystem::path scratch_folder_;
  std::vector<AlignedBuffer<std::byte>> buffers_;
  std::vector<ScratchMemory> scratch_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/weight_store.ipp>
#endif
