// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/dtype.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Keys and values of one sequence as attention in bfloat16 wants them: rounded, and the values transposed. Kept from
/// one token that is generated to the next, they need not be made again from all that came before, and half as much is
/// read. They are for processors where attention_rounds, and empty elsewhere.
class RoundedKeysAndValues {
 public:
  RoundedKeysAndValues() = default;

  /// @param capacity  tokens that the sequence may grow to
  /// @throws OptionError for sizes that are negative or more than any memory.
  RoundedKeysAndValues(Index capacity, Index num_key_value_heads, Index head_dim);

  [[nodiscard]] Index num_key_value_heads() const { return heads_; }
  [[nodiscard]] Index head_dim() const { return head_dim_; }
  [[nodiscard]] Index length() const { return length_; }

  /// Rounds tokens seen … of all; those before were rounded earlier, and what was rounded beyond is forgotten.
  /// @param keys  all tokens × (key/value heads · head_dim), likewise the values
  /// @throws OptionError where shapes disagree, there is no room, or fewer than `seen` tokens were rounded.
  void round(Index seen, MatrixView<const float> keys, MatrixView<const float> values);

  /// A block of keys of a head, in the order of the kernel, and whether all its values are finite.
  struct Block {
    const BFloat16* elements;
    bool finite;
  };
  [[nodiscard]] Block block(Index head, Index block) const;

 private:
  OwnedSize heads_, head_dim_, capacity_, length_, block_elements_;
  AlignedBuffer<BFloat16> memory_;    ///< the heads of a block side by side
  std::vector<std::uint8_t> finite_;  ///< one for every block of a head
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/rounded_keys_and_values.ipp>
#endif
