// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/evaluation/latency_table.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/sequence_state.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Takes the time that models need for a token.
class TokenClock {
 public:
  explicit TokenClock(const LatencyOptions& options) : options_(options), workspace_(options.compute) {}

  /// Milliseconds a token.
  [[nodiscard]] double time(const ModelView& view) {
    double fastest = std::numeric_limits<double>::infinity();
    for (Index run = 0; run < options_.runs; ++run) fastest = std::min(fastest, run_once(view));
    return fastest;
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double run_once(const ModelView& view) {
    SequenceState state(view, options_.context + options_.tokens + 1);
    read(view, state, options_.context);
    read(view, state, 1);  // warms up
    const auto start = Clock::now();
    for (Index token = 0; token < options_.tokens; ++token) read(view, state, 1);
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count() /
           static_cast<double>(options_.tokens);
  }

  /// Which tokens they are makes no difference.
  void read(const ModelView& view, SequenceState& state, Index count) {
    const std::vector<TokenId> tokens(static_cast<std::size_t>(count), 0);
    SequenceBatch batch;
    batch.append(count, state.length());
    const Matrix<float> stream = forward(view, tokens, batch, workspace_, {}, std::span(&state, 1));
    const MatrixView<float> logits = logits_.resize(1, view.config().vocab_size);
    compute_logits(view.graph(), stream.view().row_range(stream.rows() - 1, 1), logits, workspace_);
  }

  LatencyOptions options_;
  Workspace workspace_;
  Matrix<float> logits_;
};

/// Blocks that take equally long.
struct AlikeBlocks {
  std::vector<BlockId> blocks{};

  /// All of them as narrow as a choice says.
  [[nodiscard]] Plan with(Plan plan, const Choice& choice) const {
    for (const BlockId block : blocks) {
      Choice narrower = plan.choice(block);
      for (std::size_t axis = 0; axis < most_axes; ++axis) narrower[axis] = std::min(narrower[axis], choice[axis]);
      plan.set_choice(block, narrower);
    }
    return plan;
  }
};

/// Those that are left of a model, by description.
[[nodiscard]] inline std::map<std::string, AlikeBlocks> alike_blocks(const Graph& graph) {
  std::map<std::string, AlikeBlocks> groups;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    if (graph.has(block)) groups[graph.spec(block).description()].blocks.push_back(block);
  }
  return groups;
}

/// Widths of an axis, evenly spread in units, the whole one last.
[[nodiscard]] inline std::vector<Index> measured_widths(Index whole, Index unit, Index levels) {
  const Index units = whole / unit;
  std::vector<Index> widths;
  for (Index level = 1; level <= levels; ++level) {
    const Index width = std::max<Index>(units * level / levels, 1) * unit;
    if (widths.empty() || width > widths.back()) widths.push_back(width);
  }
  return widths;
}

inline void require_latency(bool fulfilled, const std::string& what, const char* problem) {
  if (!fulfilled) throw DataError("latency table: " + what, problem, "Measure it again: remove the file");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

MULTIPRUNER_INLINE LatencyTable::LatencyTable(double others, std::vector<Block> blocks)
    : others_(others), blocks_(std::move(blocks)) {
  using detail::require_latency;
  require_latency(std::isfinite(others) && others >= 0, "others", "it is no time");
  for (const Block& block : blocks_) {
    for (const Axis& axis : block.axes) {
      require_latency(!axis.widths.empty() && axis.widths.size() == axis.milliseconds.size(), block.description,
                      "it has not got one time for every width");
      require_latency(axis.widths.front() > 0 && std::ranges::is_sorted(axis.widths, std::less_equal<>{}),
                      block.description, "its widths do not rise");
      require_latency(axis.milliseconds.front() >= 0 && std::isfinite(axis.milliseconds.back()) &&
                          std::ranges::is_sorted(axis.milliseconds),
                      block.description, "its times fall, or are none");
    }
  }
}

MULTIPRUNER_INLINE LatencyTable LatencyTable::measure(const Graph& graph, const LatencyOptions& options,
                                                      ProgressSink& progress) {
  for (const Index number : {options.context, options.tokens, options.runs, options.levels}) {
    if (number < 1) throw OptionError("latency table", "nothing would be measured", "Give numbers of 1 or more");
  }
  const std::map<std::string, detail::AlikeBlocks> groups = detail::alike_blocks(graph);
  Index work = 1;
  for (const auto& [description, group] : groups) {
    work += 1 + options.levels * static_cast<Index>(graph.spec(group.blocks.front()).kind().axes.size());
  }
  ProgressScope scope(progress, "measuring latency", work);
  Index done = 0;
  detail::TokenClock clock(options);
  const Plan start(graph);
  const auto time = [&](const Plan& plan) {
    const double milliseconds = clock.time(ModelView(graph, plan));
    scope.advance(++done);
    return milliseconds;
  };
  const double all = time(start);
  double others = all;
  std::vector<Block> blocks;
  for (const auto& [description, group] : groups) {
    const BlockId first = group.blocks.front();
    const auto count = static_cast<double>(group.blocks.size());
    const double without = time(group.with(start, {}));
    others -= std::max(all - without, 0.0);
    Block block{.description = description};
    for (std::size_t i = 0; i < graph.spec(first).kind().axes.size(); ++i) {
      const Choice whole = graph.present(first);
      Axis axis{.widths = detail::measured_widths(whole[i], graph.unit_width({first, i}), options.levels)};
      for (const Index width : axis.widths) {
        Choice choice = whole;
        choice[i] = width;
        const double measured = width == whole[i] ? all : time(group.with(start, choice));
        const double least = axis.milliseconds.empty() ? 0 : axis.milliseconds.back();
        axis.milliseconds.push_back(std::max((measured - without) / count, least));
      }
      block.axes.push_back(std::move(axis));
    }
    blocks.push_back(std::move(block));
  }
  return {std::max(others, 0.0), std::move(blocks)};
}

MULTIPRUNER_INLINE LatencyTable LatencyTable::from_json(const JsonReader& json) {
  std::vector<Block> blocks;
  for (const JsonReader& entry : json.objects("blocks")) {
    Block block{.description = entry.require<std::string>("block")};
    for (const JsonReader& axis : entry.objects("axes")) {
      block.axes.push_back(
          {axis.require<std::vector<Index>>("widths"), axis.require<std::vector<double>>("milliseconds")});
    }
    blocks.push_back(std::move(block));
  }
  return {json.require<double>("others"), std::move(blocks)};
}

MULTIPRUNER_INLINE nlohmann::ordered_json LatencyTable::to_json() const {
  nlohmann::ordered_json json{{"others", others_}, {"blocks", nlohmann::ordered_json::array()}};
  for (const Block& block : blocks_) {
    nlohmann::ordered_json axes = nlohmann::ordered_json::array();
    for (const Axis& axis : block.axes) {
      axes.push_back({{"widths", axis.widths}, {"milliseconds", axis.milliseconds}});
    }
    json["blocks"].push_back({{"block", block.description}, {"axes", std::move(axes)}});
  }
  return json;
}

MULTIPRUNER_INLINE std::size_t LatencyTable::find(const BlockSpec& block) const {
  const std::string description = block.description();
  const auto found = std::ranges::find(blocks_, description, &Block::description);
  if (found != blocks_.end() && found->axes.size() == block.kind().axes.size()) {
    return static_cast<std::size_t>(found - blocks_.begin());
  }
  throw DataError("latency table", "it does not know blocks like " + block.label() + ": " + description,
                  "Measure it on this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Linear between the widths, and on from the first two, or the last two, beyond them.
[[nodiscard]] inline double time_at(const LatencyTable::Axis& axis, Index width) {
  const std::vector<Index>& widths = axis.widths;
  if (widths.size() == 1) return axis.milliseconds.front();
  const auto above = std::ranges::upper_bound(widths, width) - widths.begin();
  const auto right =
      static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above, 1, static_cast<std::ptrdiff_t>(widths.size()) - 1));
  const double span = static_cast<double>(widths[right] - widths[right - 1]);
  const double share = static_cast<double>(width - widths[right - 1]) / span;
  const double low = axis.milliseconds[right - 1], high = axis.milliseconds[right];
  return std::max(low + share * (high - low), 0.0);
}

/// What is lost along an axis is taken off the whole block.
[[nodiscard]] inline double time_of(const LatencyTable::Block& block, const Choice& choice) {
  double milliseconds = block.axes.front().milliseconds.back();
  for (std::size_t i = 0; i < block.axes.size(); ++i) {
    milliseconds -= block.axes[i].milliseconds.back() - time_at(block.axes[i], choice[i]);
  }
  return std::max(milliseconds, 0.0);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

MULTIPRUNER_INLINE std::function<double(const Plan&)> LatencyTable::times_of(const Graph& graph) const {
  std::vector<std::size_t> entries;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    entries.push_back(graph.has(block) ? find(graph.spec(block)) : 0);
  }
  return [table = *this, entries = std::move(entries)](const Plan& plan) {
    double sum = table.others_;
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      if (plan.removed({position})) continue;
      sum += detail::time_of(table.blocks_[entries[static_cast<std::size_t>(position)]], plan.choice({position}));
    }
    return sum;
  };
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation
