#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Options of SequentialThreshold.
struct SequentialThresholdOptions {
  double ratio = 20;                            ///< target, percent of the whole model's parameters
  Distribution split{};                         ///< shares of blocks, MLP channels and heads
  std::optional<StageThresholds> thresholds{};  ///< ratios at which the stages end, instead of ratio and split
  std::optional<Index> mlp_group{};             ///< MLP channels removed together; by default about 3/32 of a block
  std::optional<Index> attention_group{};       ///< query channels removed together; by default one key/value group
  ProtectedBlocks keep{};                       ///< blocks that no stage touches
};

/// MLP channels that are removed together unless the user says otherwise: 3/32 of a block, in whole multiples of 32
/// where that leaves any. Gives the groups of the paper for its models (1024 of 11008, 768 of 8192).
[[nodiscard]] Index default_mlp_group(const ModelConfig& config);

/// MultiPruner, sequential variant (arXiv 2501.09949, Algorithm 1): residual blocks are removed until a first ratio is
/// reached, then groups of MLP channels until a second, then groups of attention heads until the target. Every stage
/// overshoots by at most one unit, which the next one makes use of.
///
/// Blocks are scored on the block set of the calibration data, widths on the width set. Units of a block should have
/// been ordered by importance before (`reorder`), because the last ones are removed first.
///
/// @tparam Strategy how a stage searches; Greedy is the paper's choice.
template <class Strategy = Greedy>
class SequentialThreshold {
  static_assert(SearchStrategy<Strategy>,
                "SequentialThreshold<Strategy>: Strategy must be a SearchStrategy: default constructible, and "
                "search(space, start, costs, target, ratio_of, on_step) returning a SearchResult");

 public:
  using Options = SequentialThresholdOptions;

  explicit SequentialThreshold(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// A stage that runs out of candidates ends early and the next one goes on; the result then says whether the last
  /// threshold was reached.
  /// @throws OptionError for a ratio, distribution or group that cannot work, or a block to keep that is not there.
  [[nodiscard]] PruningResult run(const Graph& graph, Objective& objective, ProgressSink& progress,
                                  const PruningStepObserver& on_step = {}) const {
    const StageThresholds thresholds = checked_thresholds();
    const Spaces spaces = this->spaces(graph.config());

    Run run(graph, strategy_, objective, progress, on_step, thresholds);
    run.stage(PruningStage::depth, spaces.depth, CalibrationSet::block, thresholds.depth);
    run.stage(PruningStage::mlp_width, spaces.mlp_width, CalibrationSet::width, thresholds.mlp_width);
    run.stage(PruningStage::attention_width, spaces.attention_width, CalibrationSet::width, thresholds.attention_width);
    return std::move(run).finish();
  }

  /// Whether a stage finds anything to remove from a graph, given the blocks to keep. Where none does, `run` ends at
  /// once, with that outcome. @throws OptionError as `run`.
  [[nodiscard]] bool can_remove(const Graph& graph) const {
    const StageThresholds thresholds = checked_thresholds();
    const Spaces spaces = this->spaces(graph.config());
    const Plan plan(graph);
    return (thresholds.depth && !spaces.depth.moves(plan).empty()) ||
           (thresholds.mlp_width && !spaces.mlp_width.moves(plan).empty()) ||
           (thresholds.attention_width && !spaces.attention_width.moves(plan).empty());
  }

  /// The ratio at which the last stage ends. @throws OptionError as `run`.
  [[nodiscard]] double target() const { return target_of(checked_thresholds()); }

  /// The same policy, none of whose stages goes beyond `ratio` percent. @throws OptionError as `run`.
  [[nodiscard]] SequentialThreshold until(double ratio) const {
    Options options = options_;
    options.thresholds = up_to(ratio, checked_thresholds());
    return SequentialThreshold(std::move(options), strategy_);
  }

 private:
  /// The state of one run: what was decided so far, and how far that is from the target.
  class Run {
   public:
    Run(const Graph& graph, const Strategy& strategy, Objective& objective, ProgressSink& progress,
        const PruningStepObserver& on_step, const StageThresholds& thresholds)
        : config_(graph.config()),
          strategy_(strategy),
          objective_(objective),
          progress_(progress, "pruning", progress_units),
          on_step_(on_step) {
      result_.plan = Plan(graph);
      start_ = ratio_of(result_.plan);
      target_ = target_of(thresholds);
    }

    template <SearchSpace Space>
    void stage(PruningStage stage, const Space& space, CalibrationSet set, std::optional<double> threshold) {
      if (!threshold) return;
      double reached = ratio_of(result_.plan);
      double gain = 0;  // of the last step: a guess at what the one under way will bring
      SearchProblem problem;
      problem.target = *threshold;
      problem.ratio_of = [this](const Plan& plan) { return ratio_of(plan); };
      problem.costs = [&](std::span<const Plan> plans, bool only_cheapest) {
        return objective_.costs(
            plans, {set, only_cheapest, [&](const BatchState& batch) {
                      describe(stage, batch, reached);
                      report(reached + gain * static_cast<double>(batch.done) / static_cast<double>(batch.total));
                    }});
      };
      problem.on_step = [&](const SearchStep& step) {
        gain = step.ratio - std::exchange(reached, step.ratio);
        result_.steps.push_back({stage, step});
        if (on_step_) on_step_(result_.steps.back());
        report(step.ratio);
      };
      SearchResult found = strategy_.search(space, result_.plan, problem);
      result_.plan = std::move(found.plan);
      result_.outcome = found.outcome;
    }

    PruningResult finish() && {
      result_.ratio = ratio_of(result_.plan);
      return std::move(result_);
    }

   private:
    static constexpr Index progress_units = 10000;

    [[nodiscard]] double ratio_of(const Plan& plan) const { return pruning_ratio(config_, plan); }

    /// E.g. "MLP channels, step 12: 3/40, best 13.21, 7.9 % removed".
    void describe(PruningStage stage, const BatchState& batch, double reached) {
      std::string text = std::string(name_of(stage)) + ", step " + std::to_string(result_.steps.size()) + ": " +
                         std::to_string(batch.plans_done) + "/" + std::to_string(batch.plans);
      if (std::isfinite(batch.best)) text += ", best " + rounded(objective_.display(batch.best), 2);
      progress_.describe(text + ", " + rounded(reached, 1) + " % removed");
    }

    static std::string rounded(double value, int digits) {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), value < 1e6 ? "%.*f" : "%.*e", digits, value);
      return text.data();
    }

    void report(double ratio) {
      const double share = target_ > start_ ? (ratio - start_) / (target_ - start_) : 1.0;
      progress_.advance(static_cast<Index>(std::min(share, 1.0) * static_cast<double>(progress_units)));
    }

    const ModelConfig& config_;
    const Strategy& strategy_;
    Objective& objective_;
    ProgressScope progress_;
    const PruningStepObserver& on_step_;
    double start_ = 0;
    double target_ = 0;
    PruningResult result_;
  };

  /// Where the stages look for moves.
  struct Spaces {
    BlockRemoval depth;
    WidthReduction mlp_width, attention_width;
  };

  [[nodiscard]] Spaces spaces(const ModelConfig& config) const {
    for (const BlockId block : options_.keep) {
      if (block.layer >= 0 && block.layer < config.num_hidden_layers) continue;
      throw OptionError("blocks to keep", "the model has no " + label_of(block),
                        "Name layers from 0 to " + std::to_string(config.num_hidden_layers - 1));
    }
    const Index mlp = options_.mlp_group.value_or(default_mlp_group(config));
    const Index attention = options_.attention_group.value_or(config.group_width());
    return {BlockRemoval{options_.keep}, WidthReduction(config, BlockKind::mlp, mlp, options_.keep),
            WidthReduction(config, BlockKind::attention, attention, options_.keep)};
  }

  [[nodiscard]] StageThresholds checked_thresholds() const {
    if (!options_.thresholds) return stage_thresholds(options_.ratio, options_.split);
    const auto& [depth, mlp_width, attention_width] = *options_.thresholds;
    for (const auto& threshold : {depth, mlp_width, attention_width}) {
      if (threshold) require_ratio("stage threshold", *threshold);
    }
    if (!depth && !mlp_width && !attention_width) {
      throw OptionError("stage thresholds", "none is given", "Give the ratio at which at least one stage ends");
    }
    return *options_.thresholds;
  }

  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/sequential_threshold.ipp>
#endif
