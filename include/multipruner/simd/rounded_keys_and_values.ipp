// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/detail/amx_keys_and_values.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/rounded_keys_and_values.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE RoundedKeysAndValues::RoundedKeysAndValues(Index capacity, Index num_key_value_heads, Index head_dim)
    : heads_(num_key_value_heads), head_dim_(head_dim), capacity_(capacity) {
  // Channels and tokens are filled up to whole tiles and blocks.
  constexpr const char* what = "rounded keys and values";
  static_cast<void>(product_of_sizes(what, {2 * sizeof(BFloat16), num_key_value_heads, sum_of_sizes(what, head_dim, 32),
                                            sum_of_sizes(what, capacity, 128)}));
#if MULTIPRUNER_WITH_AMX
  const Index blocks = heads_ * detail::ceil_divide(capacity, detail::amx::key_block);
  block_elements_ = detail::amx::KeysAndValues::block_elements(head_dim);
  memory_ = AlignedBuffer<BFloat16>(blocks * block_elements_);
  finite_.resize(static_cast<std::size_t>(blocks));
#endif
}

MULTIPRUNER_INLINE void RoundedKeysAndValues::round(Index seen, MatrixView<const float> keys,
                                                    MatrixView<const float> values) {
  constexpr const char* what = "rounded keys and values";
  require_shape(keys, keys.rows, heads_ * head_dim_, what, "the keys");
  require_shape(values, keys.rows, heads_ * head_dim_, what, "the values");
  require_range(0, keys.rows, capacity_, what, "tokens");
  require_range(0, seen, std::min<Index>(length_, keys.rows), what, "tokens");
#if MULTIPRUNER_WITH_AMX
  const Index first_block = seen / detail::amx::key_block;
  parallel_for(detail::ceil_divide(keys.rows, detail::amx::key_block) - first_block, [&](Index i) {
    const Index block = first_block + i;
    const Index before = std::max<Index>(seen - block * detail::amx::key_block, 0);
    for (Index head = 0; head < heads_; ++head) {
      const Index at = block * heads_ + head, column = head * head_dim_;
      const detail::amx::KeysAndValues of_head(keys.column_range(column, head_dim_),
                                               values.column_range(column, head_dim_));
      const bool finite = of_head.pack(block, memory_.data() + at * block_elements_, before).finite;
      std::uint8_t& all_finite = finite_[static_cast<std::size_t>(at)];
      all_finite = finite && (before == 0 || all_finite != 0);
    }
  });
#endif
  length_ = keys.rows;
}

MULTIPRUNER_INLINE RoundedKeysAndValues::Block RoundedKeysAndValues::block(Index head, Index block) const {
  const Index at = block * heads_ + head;
  return {memory_.data() + at * block_elements_, finite_[static_cast<std::size_t>(at)] != 0};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
