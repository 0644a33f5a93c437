// SPDX-License-Identifier: MIT
#include "unit_orders.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "interruption.hpp"
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_file.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/importance/flap.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/l2.hpp>
#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/random.hpp>
#include <multipruner/importance/wanda.hpp>
#include <multipruner/importance/wanda_output.hpp>

namespace multipruner::cli {

/// An order and its name.
struct NamedOrder {
  std::string_view name;
  std::string_view ordered_by;  ///< the end of a sentence
  StatisticsNeeds needs;
  /// @param statistics  what `needs` asks for
  /// @param group  units that move together
  std::vector<Index> (*order)(const Graph& graph, BlockAxis axis, const ModelStatistics& statistics, std::uint64_t seed,
                              Index group);
  bool ranks = true;  ///< the least important units come last
};

namespace {

/// Obs with `greedy`, for blocks of any width: the rest is rescored about 256 times, because every time costs a pass
/// over the inverse, and 11,008 of them would take a day.
class GreedyObs {
 public:
  static constexpr std::string_view name = "obs-greedy";
  static constexpr StatisticsNeeds needs = Obs::needs;

  explicit GreedyObs(const ModelStatistics& statistics) : statistics_(&statistics) {}

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    const Index units_per_step = std::max<Index>(1, graph.num_units(axis) / most_steps);
    return Obs(*statistics_, {.greedy = true, .units_per_step = units_per_step}).scores(graph, axis);
  }

 private:
  static constexpr Index most_steps = 256;

  const ModelStatistics* statistics_;
};

template <class Metric>
std::vector<Index> by_statistics(const Graph& graph, BlockAxis axis, const ModelStatistics& statistics, std::uint64_t,
                                 Index group) {
  return order_units_of(graph, axis, Metric(statistics), group);
}

const std::array named_orders{
    NamedOrder{"l1",
               "by the L1 norm of their weights",
               {},
               [](const Graph& graph, BlockAxis axis, const auto&, auto, Index group) {
                 return order_units_of(graph, axis, L1{}, group);
               }},
    NamedOrder{"l1-reference",
               "by the L1 norm of their weights, rounded to float16 as in the released code of MultiPruner",
               {},
               [](const Graph& graph, BlockAxis axis, const auto&, auto, Index group) {
                 return order_units_of(graph, axis, L1{.reference = true}, group);
               }},
    NamedOrder{"l2",
               "by the L2 norm of their weights",
               {},
               [](const Graph& graph, BlockAxis axis, const auto&, auto, Index group) {
                 return order_units_of(graph, axis, L2{}, group);
               }},
    NamedOrder{"wanda", "by the sum of their weights' magnitudes, each times the norm of its input (Wanda)",
               Wanda::needs, by_statistics<Wanda>},
    NamedOrder{"wanda-output", "by the norm of their activations times the mean magnitude of their weights (Wanda-sp)",
               WandaOutput::needs, by_statistics<WandaOutput>},
    NamedOrder{"output-norm", "by the norm of what they add to the residual stream", OutputNorm::needs,
               by_statistics<OutputNorm>},
    NamedOrder{"flap", "by how much what they add to the residual stream fluctuates (FLAP)", Flap::needs,
               by_statistics<Flap>},
    NamedOrder{"obs", "by the error that their removal would leave if the others took over (optimal brain surgeon)",
               Obs::needs, by_statistics<Obs>},
    NamedOrder{"obs-greedy",
               "by the error that their removal, one after the other, would leave if the others took over "
               "(optimal brain surgeon)",
               GreedyObs::needs, by_statistics<GreedyObs>},
    NamedOrder{"random",
               "at random",
               {},
               [](const Graph& graph, BlockAxis axis, const auto&, std::uint64_t seed, Index group) {
                 return order_units_of(graph, axis, Random{.seed = seed}, group);
               },
               false},
    NamedOrder{"none", "", {}, nullptr}};

/// The blocks that are there.
std::vector<BlockId> blocks_of(const Graph& graph) {
  std::vector<BlockId> blocks;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    if (graph.has({position})) blocks.push_back({position});
  }
  return blocks;
}

/// Whether statistics have all that is needed of the blocks of a graph.
bool has(const ModelStatistics& statistics, const Graph& graph, const StatisticsNeeds& needs) {
  for (const BlockId block : blocks_of(graph)) {
    for (const Slot& slot : graph.spec(block).kind().slots) {
      if (!slot.linear) continue;
      const SignalStatistics& known = statistics.at(block).of(input_signal(slot.input));
      const SignalNeeds& wanted = slot.output ? needs.output_input : needs.block_input;
      if ((wanted.moments && !known.moments) || (wanted.gram && !known.gram)) return false;
    }
  }
  return true;
}

ModelStatistics gather(const NamedOrder& order, const UnitOrderOptions& options, const Graph& graph,
                       const TokenWindows& windows, std::vector<BlockId> blocks, ProgressSink& progress) {
  Workspace workspace(options.compute);
  StatisticsOptions how{.blocks = std::move(blocks), .rows_per_pass = options.rows_per_pass};
  if (!options.statistics) how.origin.emplace();  // they are not saved
  return gather_statistics(ModelView(graph), windows, order.needs, workspace, how, progress);
}

/// Statistics of all blocks, from the file, or gathered and kept there.
ModelStatistics statistics_in_file(const NamedOrder& order, const UnitOrderOptions& options, const Graph& graph,
                                   const TokenWindows& windows, ProgressSink& progress) {
  std::error_code ignored;
  if (std::filesystem::exists(*options.statistics, ignored)) {
    ModelStatistics statistics = load_statistics(*options.statistics, ModelView(graph), windows, options.compute);
    if (has(statistics, graph, order.needs)) return statistics;
    throw DataError(options.statistics->string(),
                    "it lacks statistics that --reorder " + options.order.name() + " needs", "Name another file");
  }
  ModelStatistics statistics = gather(order, options, graph, windows, {}, progress);
  const InterruptibleWork work;  // does not leave half a file behind
  save_statistics(*options.statistics, statistics);
  return statistics;
}

/// As many of the blocks as have statistics that fit into memory together, at least one.
std::vector<BlockId> take_blocks(std::vector<BlockId>& left, const NamedOrder& order, const Graph& graph,
                                 Index memory) {
  std::vector<BlockId> taken;
  Index bytes = 0;
  while (!left.empty()) {
    bytes += statistics_bytes(ModelView(graph), order.needs, {.blocks = {left.front()}});
    if (!taken.empty() && bytes > memory) break;
    taken.push_back(left.front());
    left.erase(left.begin());
  }
  return taken;
}

}  // namespace

std::string names_of_orders() {
  std::string names;
  for (const NamedOrder& order : named_orders) names += (names.empty() ? "" : ", ") + std::string(order.name);
  return names;
}

Ordering::Ordering(std::string_view name) : order_(std::ranges::find(named_orders, name, &NamedOrder::name)) {
  if (order_ != named_orders.end()) return;
  throw OptionError("--reorder", "\"" + std::string(name) + "\" is not known", "Use one of " + names_of_orders());
}

std::string Ordering::name() const {
  return std::string(order_->name);
}

bool Ordering::is_none() const {
  return order_->order == nullptr;
}

bool Ordering::needs_statistics() const {
  return order_->needs != StatisticsNeeds{};
}

bool Ordering::needs_gram() const {
  return order_->needs.output_input.gram;
}

std::string Ordering::sentence() const {
  return is_none() ? "Channels and heads were left in their order."
                   : "Before that, channels and heads were ordered " + std::string(order_->ordered_by) +
                         (order_->ranks ? ", so that the least important ones come last." : ".");
}

Index order_bytes(const UnitOrderOptions& options, const Graph& graph) {
  const NamedOrder& order = *options.order;
  if (order.needs == StatisticsNeeds{}) return 0;
  std::error_code ignored;
  const bool loaded = options.statistics && std::filesystem::exists(*options.statistics, ignored);
  Index widest = 0, largest = 0;
  for (const BlockId block : blocks_of(graph)) {
    widest = std::max(widest, std::ranges::max(graph.present(block).widths));
    largest = std::max(largest, statistics_bytes(ModelView(graph), order.needs, {.blocks = {block}}));
  }
  const Index all = statistics_bytes(ModelView(graph), order.needs) * (loaded ? 2 : 1);
  const Index statistics = options.statistics ? all : std::min(all, std::max(options.statistics_bytes, largest));
  if (!order.needs.output_input.gram) return statistics;
  // One block at a time is scored: with its weight, the factor of its Gram matrix and the inverse in double.
  return statistics + static_cast<Index>(sizeof(double)) * widest * (2 * widest + graph.config().widest_stream());
}

UnitOrder order_by(const UnitOrderOptions& options, const Graph& graph, const TokenWindows& windows,
                   ProgressSink& progress) {
  const NamedOrder& order = *options.order;
  if (order.order == nullptr) return {};
  UnitOrder result(static_cast<std::size_t>(graph.config().num_blocks()));
  const auto add = [&](const std::vector<BlockId>& blocks, const ModelStatistics& statistics) {
    for (const BlockId block : blocks) {
      for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
        const BlockAxis units{block, axis};
        const Index group = options.keep_groups ? mask_group(graph, units) : 1;
        result[static_cast<std::size_t>(block.position)][axis] =
            order.order(graph, units, statistics, options.seed, group);
      }
    }
  };
  std::vector<BlockId> left = blocks_of(graph);
  if (order.needs == StatisticsNeeds{}) {
    add(left, ModelStatistics({}, graph.config().blocks));
  } else if (options.statistics) {
    add(left, statistics_in_file(order, options, graph, windows, progress));
  } else {
    while (!left.empty()) {
      const std::vector<BlockId> blocks = take_blocks(left, order, graph, options.statistics_bytes);
      add(blocks, gather(order, options, graph, windows, blocks, progress));
    }
  }
  return result;
}

std::string identity_of(const Ordering& ordering, const UnitOrder& order) {
  if (order.empty()) return ordering.name();
  Fingerprint fingerprint;
  for (const auto& of_block : order) {
    for (const std::vector<Index>& units : of_block) fingerprint.add(std::span(units));
  }
  return ordering.name() + " " + fingerprint.text();
}

}  // namespace multipruner::cli
