#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/core/scratch_memory.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner {

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
  WeightView copy(const WeightView& source) {
    if (!source) return {};
    require_view(source, "weight store", "the source");
    return fill(source.rows, source.columns, source.dtype, [&](Index row, std::byte* target) {
      std::memcpy(target, bytes(source, row), static_cast<std::size_t>(source.columns * size_of(source.dtype)));
    });
  }

  /// Row i of the copy is row order[i] of the source; an empty view stays empty. @throws OptionError for a row that the
  /// source does not have.
  WeightView gather_rows(const WeightView& source, std::span<const Index> order) {
    if (!source) return {};
    require_order(source, order, source.rows, "row");
    return fill(static_cast<Index>(order.size()), source.columns, source.dtype, [&](Index row, std::byte* target) {
      std::memcpy(target, bytes(source, order[static_cast<std::size_t>(row)]),
                  static_cast<std::size_t>(source.columns * size_of(source.dtype)));
    });
  }

  /// Column j of the copy is column order[j] of the source; an empty view stays empty. @throws OptionError for a column
  /// that the source does not have.
  WeightView gather_columns(const WeightView& source, std::span<const Index> order) {
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

  /// A contiguous matrix whose rows are written in parallel by `fill_row(row, target)`, target being the row's memory.
  /// @throws OptionError for sizes that are negative or more than any memory.
  template <class FillRow>
  WeightView fill(Index rows, Index columns, DType dtype, FillRow&& fill_row) {
    std::byte* const data = allocate(product_of_sizes("weight", {rows, columns, size_of(dtype)}));
    const Index row_bytes = columns * size_of(dtype);
    parallel_for(rows, [&](Index row) { fill_row(row, data + row * row_bytes); });
    return {data, dtype, rows, columns, columns};
  }

  void release(const WeightView& weight) const noexcept override {
    for (const ScratchMemory& memory : scratch_) {
      if (!lies_in(weight.memory(), {memory.data(), static_cast<std::size_t>(memory.size())})) continue;
      return detail::release_pages(weight.memory().data(), static_cast<Index>(weight.memory().size()));
    }
  }

 private:
  static void require_order(const WeightView& source, std::span<const Index> order, Index size, const char* what) {
    require_view(source, "weight store", "the source");
    for (const Index index : order) require_index(index, size, "weight store", what);
  }

  static const std::byte* bytes(const WeightView& view, Index row) {
    return static_cast<const std::byte*>(view.row_range(row, 1).data);
  }

  std::byte* allocate(Index size) {
    if (!scratch_folder_.empty()) return scratch_.emplace_back(scratch_folder_, size).data();
    return buffers_.emplace_back(size).data();
  }

  std::filesystem::path scratch_folder_;
  std::vector<AlignedBuffer<std::byte>> buffers_;
  std::vector<ScratchMemory> scratch_;
};

}  // namespace multipruner
