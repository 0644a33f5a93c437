// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/layer_loop.hpp>
#include <multipruner/simd/copy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The residual streams of all windows of a set, on their way through a model block by block. They run in parts, whole
/// windows each.
class ResidualStream {
 public:
  struct Part {
    Index first_row = 0;
    SequenceBatch batch;  ///< how its rows belong to windows

    [[nodiscard]] Index rows() const { return batch.rows(); }
  };

  /// In front of the first block. @throws DataError where there are no windows, or tokens that the model does not know.
  ResidualStream(const Graph& graph, const TokenWindows& windows, Index rows_per_part);

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] MatrixView<const float> view() const { return stream_.view(); }

  [[nodiscard]] MatrixView<const float> rows_of(const Part& part) const {
    return stream_.view().row_range(part.first_row, part.rows());
  }

  /// Takes all windows through a block. Calls on_part() behind each part.
  template <class OnPart>
  void run_block(const ModelView& view, Index position, Workspace& workspace, OnPart&& on_part) {
    const BlockSpec& spec = view.graph().spec({position});
    Matrix<float>& target = spec.has_shortcut() ? next_ : stream_;
    if (spec.has_shortcut()) next_.resize(stream_.rows(), spec.stream_out());
    for (const Part& part : parts_) {
      const MatrixView<float> out = target.view().row_range(part.first_row, part.rows());
      multipruner::run_block(view, {position}, stream_.view().row_range(part.first_row, part.rows()), out, part.batch,
                             workspace);
      on_part();
    }
    if (spec.has_shortcut()) std::swap(stream_, next_);
  }

  void run_block(const ModelView& view, Index position, Workspace& workspace);

  /// Every row x of every window becomes Wx. @param weight  W: the new width × the width
  void transform(const WeightView& weight, Workspace& workspace);

  /// Shows an observer a part in a block, on a copy: the stream stays in front of it.
  /// @returns the part behind the block; of use until the next call
  MatrixView<const float> observe_block(const ModelView& view, Index position, const Part& part, Workspace& workspace,
                                        ObserverRef observer);

 private:
  std::vector<Part> parts_;
  Matrix<float> stream_, next_, scratch_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/detail/residual_stream.ipp>
#endif
