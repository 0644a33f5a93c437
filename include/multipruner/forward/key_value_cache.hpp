#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// Keys and values of the tokens that one sequence has seen, for every layer that has attention.
///
/// The number of tokens is kept apart from the layers, so that any layer's attention may be missing. A cache that was
/// moved from has no layers and no room.
class KeyValueCache {
 public:
  /// @param capacity how many tokens the sequence may grow to. @throws OptionError for one that is negative or takes
  /// more than any memory.
  KeyValueCache(const ModelView& view, Index capacity) : capacity_(sum_of_sizes("key/value cache", capacity, 0)) {
    for (Index layer = 0; layer < view.config().num_hidden_layers; ++layer) {
      const auto attention = view.attention(layer);
      const Index width = attention ? attention->k_proj.rows : 0;
      keys_.emplace_back(width == 0 ? 0 : capacity, width);
      values_.emplace_back(width == 0 ? 0 : capacity, width);
    }
  }

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
  Contents append(Index layer, MatrixView<const float> keys, MatrixView<const float> values) {
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

  /// The sequence is `tokens` longer. @throws OptionError where there is no room for so many.
  void advance(Index tokens) { length_ = length_with(tokens); }

 private:
  /// How long the sequence is with so many more tokens. @throws OptionError where there is no room for them.
  [[nodiscard]] Index length_with(Index tokens) const {
    const Index length = sum_of_sizes("key/value cache", length_, tokens);
    if (length <= capacity_) return length;
    throw OptionError(
        "key/value cache",
        "it holds " + std::to_string(capacity_) + " tokens, but " + std::to_string(length) + " are needed",
        "Create it with a larger capacity");
  }

  static void copy_rows(MatrixView<const float> from, MatrixView<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
  }

  std::vector<Matrix<float>> keys_, values_;
  OwnedSize capacity_, length_;
};

}  // namespace multipruner
