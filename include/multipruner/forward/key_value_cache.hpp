#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Keys and values of the tokens that one sequence has seen, for every layer that has attention.
///
/// The number of tokens is kept apart from the layers, so that any layer's attention may be missing. A cache that was
/// moved from has no layers and no room.
class KeyValueCache {
 public:
  /// @param capacity how many tokens the sequence may grow to. @throws OptionError for one that is negative or takes
  /// more than any memory.
  KeyValueCache(const ModelView& view, Index capacity);

  [[nodiscard]] Index length() const { return length_; }
  [[nodiscard]] Index capacity() const { return capacity_; }

  /// Keys and values of all tokens of a layer, the new ones included.
  struct Contents {
    MatrixView<const float> keys, values;
  };

  /// Stores keys and values of the tokens behind `length()` and returns all of them. The length stays, so that every
  /// layer can do this; `advance` moves it.
  /// @param keys  tokens × key/value width of the layer, likewise the values
  /// @throws OptionError where it is full, for another shape, and for a layer that has no attention.
  Contents append(Index layer, MatrixView<const float> keys, MatrixView<const float> values);

  /// The sequence is `tokens` longer. @throws OptionError where there is no room for so many.
  void advance(Index tokens) { length_ = length_with(tokens); }

 private:
  /// How long the sequence is with so many more tokens. @throws OptionError where there is no room for them.
  [[nodiscard]] Index length_with(Index tokens) const;

  static void copy_rows(MatrixView<const float> from, MatrixView<float> to);

  std::vector<Matrix<float>> keys_, values_;
  OwnedSize capacity_, length_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/key_value_cache.ipp>
#endif
