#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/forward/key_value_cache.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE KeyValueCache::KeyValueCache(const ModelView& view, Index capacity)
    : capacity_(sum_of_sizes("key/value cache", capacity, 0)) {
  for (Index layer = 0; layer < view.config().num_hidden_layers; ++layer) {
    const auto attention = view.attention(layer);
    const Index width = attention ? attention->k_proj.rows : 0;
    keys_.emplace_back(width == 0 ? 0 : capacity, width);
    values_.emplace_back(width == 0 ? 0 : capacity, width);
  }
}

MULTIPRUNER_INLINE KeyValueCache::Contents KeyValueCache::append(Index layer, MatrixView<const float> keys,
                                                                 MatrixView<const float> values) {
  require_index(layer, static_cast<Index>(keys_.size()), "key/value cache", "layer");
  const auto i = static_cast<std::size_t>(layer);
  require_shape(keys, keys.rows, keys_[i].columns(), "key/value cache", "the keys");
  require_shape(values, keys.rows, values_[i].columns(), "key/value cache", "the values");
  const Index length = length_with(keys.rows);
  if (keys_[i].columns() == 0) {
    throw OptionError("key/value cache", "layer " + std::to_string(layer) + " has no attention in it",
                      "Create it for the view that runs");
  }
  copy_rows(keys, keys_[i].view().row_range(length_, keys.rows));
  copy_rows(values, values_[i].view().row_range(length_, values.rows));
  return {keys_[i].view().row_range(0, length), values_[i].view().row_range(0, length)};
}

MULTIPRUNER_INLINE Index KeyValueCache::length_with(Index tokens) const {
  const Index length = sum_of_sizes("key/value cache", length_, tokens);
  if (length <= capacity_) return length;
  throw OptionError("key/value cache",
                    "it holds " + std::to_string(capacity_) + " tokens, but " + std::to_string(length) + " are needed",
                    "Create it with a larger capacity");
}

MULTIPRUNER_INLINE void KeyValueCache::copy_rows(MatrixView<const float> from, MatrixView<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
