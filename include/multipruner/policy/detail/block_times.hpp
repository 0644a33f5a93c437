// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/stream_engine.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How long parts of a model take for one token, measured on a few windows. Blocks of one kind are taken to be alike,
/// and their time to be linear in their width.
class BlockTimes {
 public:
  /// @param windows to measure on
  /// @param most_bytes  that streams may take, but for one of them; nothing: many times what caches hold
  BlockTimes(const Graph& graph, const WindowRange& windows, simd::Compute compute,
             const std::optional<Index>& most_bytes);

  [[nodiscard]] double block(std::string_view kind, const Choice& choice) const;
  [[nodiscard]] double embed() const { return embed_; }
  [[nodiscard]] double copy() const { return copy_; }
  [[nodiscard]] double first_touch() const { return first_touch_; }  ///< what a copy takes longer into new memory
  [[nodiscard]] double loss() const { return loss_; }

 private:
  /// Streams taken in turn: as in a search, the one that comes next has left the caches.
  class Streams {
   public:
    Streams(const Graph& graph, const WindowRange& windows, ForwardEngine& engine,
            const std::optional<Index>& most_bytes);
    /// The next one, of this width.
    [[nodiscard]] ForwardEngine::Stream& next(Index width);

   private:
    std::vector<ForwardEngine::Stream> streams_;
    std::size_t next_ = 0;
  };

  struct Line {
    double fixed = 0;
    std::array<double, most_axes> per_channel{};  ///< by axis
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

  /// At the full width of the first block of a kind that is there, and at about half of it along each axis.
  void measure(const Graph& graph, const Kind& kind, const WindowRange& windows, ForwardEngine& engine,
               Streams& streams);

  std::map<std::string_view, Line> lines_;  ///< by kind
  double embed_ = 0, copy_ = 0, first_touch_ = 0, loss_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/block_times.ipp>
#endif
