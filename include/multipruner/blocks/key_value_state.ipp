// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <multipruner/blocks/key_value_state.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE KeyValueState::Contents KeyValueState::append(Index seen, MatrixView<const float> keys,
                                                                 MatrixView<const float> values) {
  require_shape(keys, keys.rows, keys_.columns(), "key/value cache", "the keys");
  require_shape(values, keys.rows, values_.columns(), "key/value cache", "the values");
  require_range(0, seen, length_, "key/value cache", "tokens");
  const Index length = sum_of_sizes("key/value cache", seen, keys.rows);
  if (length > keys_.rows()) {
    throw OptionError(
        "key/value cache",
        "it holds " + std::to_string(keys_.rows()) + " tokens, but " + std::to_string(length) + " are needed",
        "Create it with a larger capacity");
  }
  const auto copy_rows = [](MatrixView<const float> from, MatrixView<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
  };
  copy_rows(keys, keys_.view().row_range(seen, keys.rows));
  copy_rows(values, values_.view().row_range(seen, values.rows));
  length_ = length;
  rounded_length_ = std::min<Index>(rounded_length_, seen);
  return {keys_.view().row_range(0, length), values_.view().row_range(0, length)};
}

MULTIPRUNER_INLINE const simd::RoundedKeysAndValues& KeyValueState::rounded(Index head_dim) {
  if (head_dim < 1 || keys_.columns() % head_dim != 0) {
    throw OptionError("key/value cache",
                      "heads of " + std::to_string(head_dim) + " channels do not divide its width of " +
                          std::to_string(keys_.columns()),
                      "Pass the size of the heads that are stored");
  }
  if (rounded_.head_dim() != head_dim) {
    rounded_ = simd::RoundedKeysAndValues(keys_.rows(), keys_.columns() / head_dim, head_dim);
    rounded_length_ = 0;
  }
  rounded_.round(rounded_length_, keys_.view().row_range(0, length_), values_.view().row_range(0, length_));
  rounded_length_ = length_;
  return rounded_;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
