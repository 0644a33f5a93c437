// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/graph/block_state.hpp>
#include <multipruner/simd/rounded_keys_and_values.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Keys and values of the tokens that an attention block has seen of one sequence.
class KeyValueState final : public BlockState {
 public:
  /// @param capacity how many tokens the sequence may grow to.
  /// @throws OptionError for sizes that are negative or more than any memory.
  KeyValueState(Index capacity, Index key_value_width)
      : keys_(capacity, key_value_width), values_(capacity, key_value_width) {}

  /// Keys and values of all tokens, the new ones included.
  struct Contents {
    MatrixView<const float> keys, values;
    const simd::RoundedKeysAndValues* rounded = nullptr;  ///< if they were asked for
  };

  /// Stores keys and values of tokens behind the first `seen`, and returns those of all of them. What was stored beyond
  /// is forgotten: a pass that ended early can be repeated.
  /// @param keys  tokens × key/value width, likewise the values
  /// @throws OptionError where it is full or has not seen so many, and for another shape.
  Contents append(Index seen, MatrixView<const float> keys, MatrixView<const float> values);

  /// All tokens as attention in bfloat16 wants them; what came since the last call is rounded now. From the first call
  /// on they take half as much memory again.
  /// @throws OptionError for a head_dim that does not divide the width.
  const simd::RoundedKeysAndValues& rounded(Index head_dim);

 private:
  Matrix<float> keys_, values_;
  OwnedSize length_;
  simd::RoundedKeysAndValues rounded_;
  OwnedSize rounded_length_;  ///< so many of the rounded tokens are those that are stored
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/key_value_state.ipp>
#endif
