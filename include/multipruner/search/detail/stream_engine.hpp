// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/embedding.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/copy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What takes the residual streams of an evaluator's passes through the model: `ForwardEngine`, or something that only
/// counts. A `Stream` is the windows of a pass, stacked.
template <class E>
concept StreamEngine = requires(E& engine, const ModelView& view, const WindowRange& windows,
                                const typename E::Stream& stream, typename E::Stream& own, Index position) {
  { engine.embed(view.graph(), windows) } -> std::same_as<typename E::Stream>;
  { engine.copy(stream) } -> std::same_as<typename E::Stream>;
  { engine.rows(stream) } -> std::same_as<MatrixView<const float>>;
  { engine.workspace() } -> std::same_as<Workspace&>;
  engine.run_block(view, position, windows, own);
  engine.leave_block(view.graph(), position);  // no stream needs it any more in this pass
  engine.recycle(std::move(own));
  engine.set_limit(Index{});  // so many recycled streams may be kept
};

/// Runs the model.
class ForwardEngine {
 public:
  using Stream = Matrix<float>;

  explicit ForwardEngine(simd::Compute compute) : workspace_(compute) {}

  [[nodiscard]] Workspace& workspace() { return workspace_; }
  [[nodiscard]] static MatrixView<const float> rows(const Stream& stream) { return stream.view(); }

  [[nodiscard]] Stream embed(const Graph& graph, const WindowRange& windows);

  [[nodiscard]] Stream copy(const Stream& stream);

  void run_block(const ModelView& view, Index position, const WindowRange& windows, Stream& stream);

  static void leave_block(const Graph& graph, Index position) { graph.release(BlockId{position}); }

  /// The memory of streams is used again: to get it from the system and have it cleared anew costs as much as some
  /// blocks take.
  void recycle(Stream&& stream);

  void set_limit(Index streams);

 private:
  [[nodiscard]] Stream take(Index rows, Index columns);

  Workspace workspace_;
  SequenceBatch batch_;
  std::vector<Stream> free_;
  std::size_t limit_ = 0;
};

static_assert(StreamEngine<ForwardEngine>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/stream_engine.ipp>
#endif
