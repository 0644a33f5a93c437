// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/forward/layer_loop.hpp>
#include <multipruner/search/detail/stream_engine.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a batch is that of a range of windows.
inline bool describes(const SequenceBatch& batch, const WindowRange& range) {
  const std::vector<Sequence>& sequences = batch.sequences();
  bool same = static_cast<Index>(sequences.size()) == range.count;
  for (Index i = 0; same && i < range.count; ++i) {
    const Index begin = range.windows->offset(range.first + i), end = range.windows->offset(range.first + i + 1);
    same = sequences[static_cast<std::size_t>(i)].rows == end - begin;
  }
  return same;
}

MULTIPRUNER_INLINE ForwardEngine::Stream ForwardEngine::embed(const Graph& graph, const WindowRange& windows) {
  Stream stream = take(windows.rows(), graph.config().hidden_size);
  multipruner::embed(graph, windows.tokens(), stream.view());
  return stream;
}

MULTIPRUNER_INLINE ForwardEngine::Stream ForwardEngine::copy(const Stream& stream) {
  Stream copy = take(stream.rows(), stream.columns());
  simd::copy(stream.view(), copy);
  return copy;
}

MULTIPRUNER_INLINE void ForwardEngine::run_block(const ModelView& view, Index position, const WindowRange& windows,
                                                 Stream& stream) {
  if (!describes(batch_, windows)) batch_ = windows.batch();
  run_blocks(view, position, position + 1, stream, batch_, workspace_);
}

MULTIPRUNER_INLINE void ForwardEngine::recycle(Stream&& stream) {
  if (free_.size() < limit_ && stream.rows() > 0) free_.push_back(std::move(stream));
}

MULTIPRUNER_INLINE void ForwardEngine::set_limit(Index streams) {
  limit_ = static_cast<std::size_t>(streams);
  if (free_.size() > limit_) free_.resize(limit_);
}

MULTIPRUNER_INLINE ForwardEngine::Stream ForwardEngine::take(Index rows, Index columns) {
  if (free_.empty()) return {rows, columns};
  Stream stream = std::move(free_.back());
  free_.pop_back();
  stream.resize(rows, columns);
  return stream;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
