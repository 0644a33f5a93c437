// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What is wrong with a view that somebody else made, so that nothing may be read through it; null where nothing is.
/// @param element  bytes of one
[[nodiscard]] const char* problem_of_view(const void* data, Index rows, Index columns, Index stride, Index element);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// What is wrong with a view, e.g. "has no memory", or null. Nothing is read; whether there is as much memory as the
/// view says, only its maker knows.
template <class Scalar>
[[nodiscard]] const char* problem_of(const MatrixView<Scalar>& view) {
  return detail::problem_of_view(view.data, view.rows, view.columns, view.stride, sizeof(Scalar));
}
[[nodiscard]] const char* problem_of(const WeightView& view);

/// Checks a view, once for each call of a public function that goes through it.
/// @param where  the function, e.g. "linear" @param what  the operand, e.g. "the weight"
/// @throws OptionError where there is a `problem_of` the view.
template <class View>
void require_view(const View& view, const char* where, const char* what) {
  const char* const problem = problem_of(view);
  if (problem == nullptr) return;
  throw OptionError(where, std::string(what) + " " + problem, "Pass views of memory that is there, with its strides");
}

/// @throws OptionError as above, or where the shape is another one than is needed.
template <class View>
void require_shape(const View& view, Index rows, Index columns, const char* where, const char* what) {
  require_view(view, where, what);
  if (view.rows == rows && view.columns == columns) return;
  throw OptionError(where,
                    std::string(what) + " is " + std::to_string(view.rows) + " × " + std::to_string(view.columns) +
                        ", not " + std::to_string(rows) + " × " + std::to_string(columns),
                    "Pass operands whose shapes agree");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Apart, so that what checks every place of a matrix stays small.
[[noreturn, gnu::cold]] void refuse_index(Index index, Index size, const char* where, const char* what);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// @throws OptionError unless 0 ≤ index < size.
inline void require_index(Index index, Index size, const char* where, const char* what) {
  if (index < 0 || index >= size) detail::refuse_index(index, size, where, what);
}

/// @throws OptionError unless `count` of something from a first one on are within `size` of them.
void require_range(Index first, Index count, Index size, const char* where, const char* what);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/require_view.ipp>
#endif
