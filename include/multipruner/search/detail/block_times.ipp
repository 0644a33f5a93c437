#pragma once

#include <span>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/search/detail/block_times.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE BlockTimes::BlockTimes(const Graph& graph, const WindowRange& windows, simd::Compute compute) {
  const auto per_window = [&](double seconds) { return seconds / static_cast<double>(windows.count); };
  ForwardEngine engine(compute);
  Streams streams(graph, windows, engine);
  for (const BlockKind kind : {BlockKind::attention, BlockKind::mlp}) measure(graph, kind, windows, engine, streams);
  first_touch_ = per_window(seconds_of([&] { static_cast<void>(engine.copy(streams.next())); }));
  engine.set_limit(2);
  embed_ = per_window(seconds_of([&] { engine.recycle(engine.embed(graph, windows)); }));
  copy_ = per_window(seconds_of([&] { engine.recycle(engine.copy(streams.next())); }));
  first_touch_ = std::max(first_touch_ - copy_, 0.0);
  std::vector<double> losses(static_cast<std::size_t>(windows.count));
  loss_ =
      per_window(seconds_of([&] { window_losses(graph, streams.next().view(), windows, losses, engine.workspace()); }));
}

MULTIPRUNER_INLINE double BlockTimes::block(BlockKind kind, Index width) const {
  const Line& line = lines_[static_cast<std::size_t>(kind)];
  return std::max(line.fixed + line.per_channel * static_cast<double>(width), 0.0);
}

MULTIPRUNER_INLINE BlockTimes::Streams::Streams(const Graph& graph, const WindowRange& windows, ForwardEngine& engine) {
  constexpr Index more_than_caches = Index{1} << 27;
  const Index bytes = product_of_sizes("residual stream", {windows.rows(), graph.config().hidden_size, sizeof(float)});
  const Index count = std::clamp<Index>(more_than_caches / bytes, 1, 64);
  for (Index i = 0; i < count; ++i) streams_.push_back(engine.embed(graph, windows));
}

MULTIPRUNER_INLINE void BlockTimes::measure(const Graph& graph, BlockKind kind, const WindowRange& windows,
                                            ForwardEngine& engine, Streams& streams) {
  const Index unit = graph.config().unit_width(kind);
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    const BlockId block{layer, kind};
    const Index full = graph.width(block), half = std::max(full / unit / 2, Index{1}) * unit;
    if (full == 0) continue;
    const auto at = [&](Index width) {
      Plan plan(graph);
      plan.set_width(block, width);
      const ModelView view(graph, plan);
      return seconds_of([&] { engine.run_block(view, position_of(block), windows, streams.next()); }) /
             static_cast<double>(windows.count);
    };
    const double seconds = at(full);
    Line& line = lines_[static_cast<std::size_t>(kind)];
    if (half < full) line.per_channel = (seconds - at(half)) / static_cast<double>(full - half);
    line.fixed = seconds - line.per_channel * static_cast<double>(full);
    return;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
