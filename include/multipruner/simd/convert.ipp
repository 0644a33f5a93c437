// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/narrow.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/detail/widen.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void to_float(const WeightView& source, MatrixView<float> target) {
  require_view(source, "to_float", "the source");
  require_view(target, "to_float", "the target");
  detail::require_equal(target.rows, source.rows, "to_float", "the row count of the target");
  detail::require_equal(target.columns, source.columns, "to_float", "the column count of the target");
  source.visit([&](auto view) {
    detail::parallel_rows(view.rows, view.columns, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) detail::widen(view.row(i), view.columns, target.row(i));
    });
  });
}

MULTIPRUNER_INLINE void from_float(std::span<const float> source, DType dtype, void* target) {
  const auto count = static_cast<Index>(source.size());
  require_view(WeightView(target, dtype, 1, count, count), "from_float", "the target");
  const auto convert = [&]<class Scalar>(Scalar* out) {
    detail::parallel_rows(count, 1, [&](Index first, Index size) {
      for (Index i = first; i < first + size; ++i) out[i] = detail::narrow<Scalar>(source[static_cast<std::size_t>(i)]);
    });
  };
  switch (dtype) {
    case DType::float32:
      return convert(static_cast<float*>(target));
    case DType::bfloat16:
      return convert(static_cast<BFloat16*>(target));
    case DType::float16:
      return convert(static_cast<Float16*>(target));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
