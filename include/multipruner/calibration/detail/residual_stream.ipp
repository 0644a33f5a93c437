// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/forward/embedding.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE ResidualStream::ResidualStream(const Graph& graph, const TokenWindows& windows,
                                                  Index rows_per_part) {
  require_windows(windows);
  for (const WindowRange& range : passes_of(windows, rows_per_part)) {
    parts_.push_back({windows.offset(range.first), range.batch()});
  }
  const std::vector<TokenId>& tokens = windows.tokens();
  embed(graph, tokens, stream_.resize(static_cast<Index>(tokens.size()), graph.config().hidden_size));
}

MULTIPRUNER_INLINE void ResidualStream::run_block(const ModelView& view, Index position, Workspace& workspace) {
  run_block(view, position, workspace, [] {});
}

MULTIPRUNER_INLINE void ResidualStream::transform(const WeightView& weight, Workspace& workspace) {
  simd::linear(stream_.view(), weight, {}, next_.resize(stream_.rows(), weight.rows), simd::Store::overwrite,
               workspace.compute());
  std::swap(stream_, next_);
}

MULTIPRUNER_INLINE MatrixView<const float> ResidualStream::observe_block(const ModelView& view, Index position,
                                                                         const Part& part, Workspace& workspace,
                                                                         ObserverRef observer) {
  const BlockSpec& spec = view.graph().spec({position});
  const MatrixView<float> before = stream_.view().row_range(part.first_row, part.rows());
  const bool in_place = !spec.has_shortcut();
  const MatrixView<float> out =
      in_place ? simd::copy(before, scratch_) : scratch_.resize(part.rows(), spec.stream_out());
  multipruner::run_block(view, {position}, in_place ? out : before, out, part.batch, workspace, observer);
  return out;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
