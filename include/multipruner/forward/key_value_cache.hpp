#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner {

/// Keys and values of the tokens that one sequence has seen, for every layer that has attention.
///
/// The number of tokens is kept apart from the layers, so that any layer's attention may be missing.
class KeyValueCache {
 public:
  /// @param capacity how many tokens the sequence may grow to.
  KeyValueCache(const ModelView& view, Index capacity) : capacity_(capacity) {
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
  Contents append(Index layer, MatrixView<const float> keys, MatrixView<const float> values) {
    const Index length = length_ + keys.rows;
    if (length > capacity_) {
      throw OptionError(
          "key/value cache",
          "it holds " + std::to_string(capacity_) + " tokens, but " + std::to_string(length) + " are needed",
          "Create it with a larger capacity");
    }
    const auto i = static_cast<std::size_t>(layer);
    copy_rows(keys, keys_[i].view().row_range(length_, keys.rows));
    copy_rows(values, values_[i].view().row_range(length_, values.rows));
    return {keys_[i].view().row_range(0, length), values_[i].view().row_range(0, length)};
  }

  /// The sequence is `tokens` longer.
  void advance(Index tokens) { length_ += tokens; }

 private:
  static void copy_rows(MatrixView<const float> from, MatrixView<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
  }

  std::vector<Matrix<float>> keys_, values_;
  Index capacity_ = 0;
  Index length_ = 0;
};

}  // namespace multipruner
