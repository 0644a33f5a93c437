// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE const char* problem_of_view(const void* data, Index rows, Index columns, Index stride,
                                               Index element) {
  if (rows < 0 || columns < 0) return "has a negative size";
  if (rows == 0 || columns == 0) return nullptr;
  if (data == nullptr) return "has no memory";
  if (reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(element) != 0) {
    return "does not begin at a multiple of the size of its elements";
  }
  if (rows > 1 && stride < columns) return "has rows that overlap, because its stride is less than its columns";
  Index last = 0;
  const bool fits = !__builtin_mul_overflow(rows - 1, rows > 1 ? stride : 0, &last) &&
                    !__builtin_add_overflow(last, columns, &last) && !__builtin_mul_overflow(last, element, &last);
  return fits ? nullptr : "is larger than any memory";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE const char* problem_of(const WeightView& view) {
  if (view.dtype > DType::float16) return "has an unknown scalar type";
  return detail::problem_of_view(view.data, view.rows, view.columns, view.stride, size_of(view.dtype));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void refuse_index(Index index, Index size, const char* where, const char* what) {
  throw OptionError(where,
                    "there is no " + std::string(what) + " " + std::to_string(index) + " of " + std::to_string(size),
                    "Ask for what is there");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void require_range(Index first, Index count, Index size, const char* where, const char* what) {
  if (first >= 0 && count >= 0 && first <= size && count <= size - first) return;
  throw OptionError(where,
                    std::to_string(count) + " " + std::string(what) + " from " + std::to_string(first) +
                        " on are not within the " + std::to_string(size) + " that are there",
                    "Ask for what is there");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
