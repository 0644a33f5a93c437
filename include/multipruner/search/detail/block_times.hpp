#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <vector>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/search/detail/stream_engine.hpp>

namespace multipruner::detail {

/// How long parts of a model take for one window, measured on a few of them. Blocks of one kind are taken to be alike,
/// and their time to be linear in their width.
class BlockTimes {
 public:
  /// @param windows to measure on
  BlockTimes(const Graph& graph, const WindowRange& windows, simd::Compute compute) {
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
    loss_ = per_window(
        seconds_of([&] { window_losses(graph, streams.next().view(), windows, losses, engine.workspace()); }));
  }

  [[nodiscard]] double block(BlockKind kind, Index width) const {
    const Line& line = lines_[static_cast<std::size_t>(kind)];
    return std::max(line.fixed + line.per_channel * static_cast<double>(width), 0.0);
  }
  [[nodiscard]] double embed() const { return embed_; }
  [[nodiscard]] double copy() const { return copy_; }
  [[nodiscard]] double first_touch() const { return first_touch_; }  ///< what a copy takes longer into new memory
  [[nodiscard]] double loss() const { return loss_; }

 private:
  /// Streams taken in turn: as in a search, the one that comes next has left the caches.
  class Streams {
   public:
    Streams(const Graph& graph, const WindowRange& windows, ForwardEngine& engine) {
      constexpr Index more_than_caches = Index{1} << 27;
      const Index bytes =
          product_of_sizes("residual stream", {windows.rows(), graph.config().hidden_size, sizeof(float)});
      const Index count = std::clamp<Index>(more_than_caches / bytes, 1, 64);
      for (Index i = 0; i < count; ++i) streams_.push_back(engine.embed(graph, windows));
    }
    [[nodiscard]] ForwardEngine::Stream& next() { return streams_[next_++ % streams_.size()]; }

   private:
    std::vector<ForwardEngine::Stream> streams_;
    std::size_t next_ = 0;
  };

  struct Line {
    double fixed = 0, per_channel = 0;
  };

  /// The median of some runs after one that warms up.
  template <class Work>
  static double seconds_of(Work&& work) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t runs = 3;
    std::array<double, runs> seconds{};
    work();
    for (double& one : seconds) {
      const auto start = Clock::now();
      work();
      one = std::chrono::duration<double>(Clock::now() - start).count();
    }
    std::ranges::sort(seconds);
    return seconds[runs / 2];
  }

  /// At the full width of the first block of a kind, and at about half of it.
  void measure(const Graph& graph, BlockKind kind, const WindowRange& windows, ForwardEngine& engine,
               Streams& streams) {
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

  std::array<Line, 2> lines_{};
  double embed_ = 0, copy_ = 0, first_touch_ = 0, loss_ = 0;
};

}  // namespace multipruner::detail
