// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/forward/embedding.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE ResidualStream::ResidualStream(const Graph& graph, const TokenWindows& windows, Index rows_per_part)
    : windows_(&windows) {
  require_windows(windows);
  windows_per_part_ = std::max<Index>(1, rows_per_part / windows.length);
  embed(graph, windows.tokens, stream_.resize(windows.count() * windows.length, graph.config().hidden_size));
}

MULTIPRUNER_INLINE void ResidualStream::run_block(const ModelView& view, Index position, Workspace& workspace) {
  run_block(view, position, workspace, [](Index, MatrixView<const float>) {});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
