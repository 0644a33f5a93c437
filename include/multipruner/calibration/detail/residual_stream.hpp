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
/// windows each. The windows must outlive it.
class ResidualStream {
 public:
  /// In front of the first block. @throws DataError where there are no windows, or tokens that the model does not know.
  ResidualStream(const Graph& graph, const TokenWindows& windows, Index rows_per_part);

  [[nodiscard]] Index window_length() const { return windows_->length; }
  [[nodiscard]] Index parts() const { return (windows_->count() + windows_per_part_ - 1) / windows_per_part_; }
  [[nodiscard]] MatrixView<const float> view() const { return stream_.view(); }

  /// Takes all windows through a block. Calls on_part(first row, rows) with each part behind it.
  template <class OnPart>
  void run_block(const ModelView& view, Index position, Workspace& workspace, OnPart&& on_part) {
    const BlockSpec& spec = view.graph().spec({position});
    Matrix<float>& target = spec.has_shortcut() ? next_ : stream_;
    if (spec.has_shortcut()) next_.resize(stream_.rows(), spec.stream_out());
    for_each_part([&](Index first_row, Index rows, const SequenceBatch& batch) {
      const MatrixView<float> out = target.view().row_range(first_row, rows);
      multipruner::run_block(view, {position}, stream_.view().row_range(first_row, rows), out, batch, workspace);
      on_part(first_row, MatrixView<const float>(out));
    });
    if (spec.has_shortcut()) std::swap(stream_, next_);
  }

  void run_block(const ModelView& view, Index position, Workspace& workspace);

  /// The same with copies: the stream stays in front of the block.
  template <class OnPart>
  void observe_block(const ModelView& view, Index position, Workspace& workspace, ObserverRef observer,
                     OnPart&& on_part) {
    const BlockSpec& spec = view.graph().spec({position});
    for_each_part([&](Index first_row, Index rows, const SequenceBatch& batch) {
      const MatrixView<float> part = stream_.view().row_range(first_row, rows);
      const bool in_place = !spec.has_shortcut();
      const MatrixView<float> out = in_place ? simd::copy(part, scratch_) : scratch_.resize(rows, spec.stream_out());
      multipruner::run_block(view, {position}, in_place ? out : part, out, batch, workspace, observer);
      on_part(first_row, MatrixView<const float>(out));
    });
  }

 private:
  template <class Body>
  void for_each_part(Body&& body) {
    for (Index first = 0; first < windows_->count(); first += windows_per_part_) {
      const Index count = std::min(windows_per_part_, windows_->count() - first);
      body(first * windows_->length, count * windows_->length, SequenceBatch(count, windows_->length));
    }
  }

  const TokenWindows* windows_;
  Index windows_per_part_ = 1;
  Matrix<float> stream_, next_, scratch_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/detail/residual_stream.ipp>
#endif
