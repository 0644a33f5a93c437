// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The residual stream before and behind a layer at the last token of every window, in the order of the windows.
class LastTokens {
 public:
  /// Adds windows, stacked, as they are before the layer. @param batch  how the rows belong to them
  /// @throws OptionError where shapes disagree, likewise below.
  void add_before(MatrixView<const float> rows, const SequenceBatch& batch) { before_.add(rows, batch); }

  /// Adds the same windows as they are behind it.
  void add_behind(MatrixView<const float> rows, const SequenceBatch& batch) { behind_.add(rows, batch); }

  /// One row a window, as wide as the stream there.
  [[nodiscard]] MatrixView<const float> before() const { return before_.view(); }
  [[nodiscard]] MatrixView<const float> behind() const { return behind_.view(); }

 private:
  struct Rows {
    std::vector<float> values{};
    Index columns = 0;

    void add(MatrixView<const float> rows, const SequenceBatch& batch);
    [[nodiscard]] MatrixView<const float> view() const;
  };

  Rows before_, behind_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/last_tokens.ipp>
#endif
