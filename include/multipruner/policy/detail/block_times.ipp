// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/policy/detail/block_times.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE BlockTimes::BlockTimes(const Graph& graph, const WindowRange& windows, simd::Compute compute,
                                          const std::optional<Index>& most_bytes) {
  const auto per_token = [&](double seconds) { return seconds / static_cast<double>(windows.rows()); };
  ForwardEngine engine(compute);
  Streams streams(graph, windows, engine, most_bytes);
  for (const Kind* kind : graph.config().blocks.kinds()) measure(graph, *kind, windows, engine, streams);
  first_touch_ =
      per_token(seconds_of([&] { static_cast<void>(engine.copy(streams.next(graph.config().hidden_size))); }));
  engine.set_limit(2);
  embed_ = per_token(seconds_of([&] { engine.recycle(engine.embed(graph, windows)); }));
  copy_ = per_token(seconds_of([&] { engine.recycle(engine.copy(streams.next(graph.config().hidden_size))); }));
  first_touch_ = std::max(first_touch_ - copy_, 0.0);
  std::vector<double> losses(static_cast<std::size_t>(windows.count));
  loss_ = per_token(seconds_of([&] {
    window_losses(graph, streams.next(graph.config().last_stream()).view(), windows, losses, engine.workspace());
  }));
}

MULTIPRUNER_INLINE double BlockTimes::block(std::string_view kind, const Choice& choice) const {
  const auto line = lines_.find(kind);
  if (line == lines_.end()) return 0;
  double seconds = line->second.fixed;
  for (std::size_t axis = 0; axis < most_axes; ++axis) {
    seconds += line->second.per_channel[axis] * static_cast<double>(choice[axis]);
  }
  return std::max(seconds, 0.0);
}

MULTIPRUNER_INLINE BlockTimes::Streams::Streams(const Graph& graph, const WindowRange& windows, ForwardEngine& engine,
                                                const std::optional<Index>& most_bytes) {
  constexpr Index more_than_caches = Index{1} << 27;
  const Index bytes =
      product_of_sizes("residual stream", {windows.rows(), graph.config().widest_stream(), sizeof(float)});
  const Index count =
      std::clamp<Index>(std::min(more_than_caches, most_bytes.value_or(more_than_caches)) / bytes, 1, 64);
  for (Index i = 0; i < count; ++i) streams_.push_back(engine.embed(graph, windows));
}

MULTIPRUNER_INLINE ForwardEngine::Stream& BlockTimes::Streams::next(Index width) {
  ForwardEngine::Stream& stream = streams_[next_++ % streams_.size()];
  if (stream.columns() == width) return stream;
  const MatrixView<float> rows = stream.resize(stream.rows(), width);  // a block that writes another width was measured
  for (Index row = 0; row < rows.rows; ++row) std::fill_n(rows.row(row), width, 0.5f);
  return stream;
}

MULTIPRUNER_INLINE void BlockTimes::measure(const Graph& graph, const Kind& kind, const WindowRange& windows,
                                            ForwardEngine& engine, Streams& streams) {
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    if (&graph.spec(block).kind() != &kind || !graph.has(block)) continue;
    const auto at = [&](const Choice& choice) {
      Plan plan(graph);
      plan.set_choice(block, choice);
      const ModelView view(graph, plan);
      return seconds_of(
                 [&] { engine.run_block(view, position, windows, streams.next(graph.spec(block).stream_in())); }) /
             static_cast<double>(windows.rows());
    };
    const Choice full = graph.present(block);
    const double seconds = at(full);
    Line& line = lines_[kind.name];
    line.fixed = seconds;
    for (std::size_t axis = 0; axis < kind.axes.size(); ++axis) {
      const Index unit = graph.unit_width({block, axis});
      Choice half = full;
      half[axis] = std::max(full[axis] / unit / 2, Index{1}) * unit;
      if (half[axis] < full[axis]) {
        line.per_channel[axis] = (seconds - at(half)) / static_cast<double>(full[axis] - half[axis]);
      }
      line.fixed -= line.per_channel[axis] * static_cast<double>(full[axis]);
    }
    return;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
