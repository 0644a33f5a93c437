// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/rounded.hpp>
#include <multipruner/policy/detail/width_run.hpp>
#include <multipruner/search/greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError, DataError as WidthRun
inline NarrowingOptions checked_widths(NarrowingOptions options, double depth_share, const RunContext& context) {
  require_ratio("ratio", options.ratio);
  if (!(depth_share >= 0 && depth_share < 1)) {
    throw OptionError("depth_share", std::to_string(depth_share) + " is no share that leaves something to widths",
                      "Use 0 or more, and less than 1");
  }
  (void)stage_of_axes(context.graph.config(), widths_of(options), options.ratio, options.keep);
  if (depth_share > 0) context.objective.require_samples(block_samples);
  context.objective.require_samples(width_samples);
  return options;
}

MULTIPRUNER_INLINE WidthRun::WidthRun(const RunContext& context, NarrowingOptions options, double depth_share)
    : context_(context),
      options_(checked_widths(std::move(options), depth_share, context)),
      steps_(context, options_.ratio),
      start_(ratio_of(steps_.plan())) {
  if (depth_share == 0) return;
  depth_.push_back(
      stage_of_axes(context.graph.config(), {{.layers = options_.alike}}, options_.ratio * depth_share, options_.keep));
}

MULTIPRUNER_INLINE SearchProblem WidthRun::depth_problem(const StageInModel& stage) {
  return steps_.problem(stage.name, stage.samples, stage.until);
}

MULTIPRUNER_INLINE void WidthRun::begin_widths() {
  genes_.emplace(context_.graph.config(), plan(), widths_of(options_), options_.keep);
  begun_ = ratio_of(plan());
  band_ = genes_->band_at(options_.ratio);
}

MULTIPRUNER_INLINE void WidthRun::widen_band_to(double ratio) {
  band_.highest = std::max(band_.highest, ratio);
}

MULTIPRUNER_INLINE Index WidthRun::parameters_to(double ratio) const {
  const double share = (ratio - begun_) / 100;
  return static_cast<Index>(std::ceil(share * static_cast<double>(count_parameters(context_.graph.config()))));
}

MULTIPRUNER_INLINE std::vector<double> WidthRun::costs_of(std::span<const Genome> genomes, double work) {
  std::vector<Plan> plans;
  std::vector<Genome> unknown;
  for (const Genome& genome : genomes) {
    if (!places_.try_emplace(genome, measured_.size() + unknown.size()).second) continue;
    unknown.push_back(genome);
    plans.push_back(genes_->plan_of(genome));
  }
  if (!plans.empty()) {
    const std::vector<PlanCost> costs = problem().costs_of(plans, false);
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      measured_.push_back({unknown[i], costs[i].value, genes_->ratio_of(unknown[i])});
    }
    report_more(work * static_cast<double>(plans.size()));
  }
  std::vector<double> answers;
  for (const Genome& genome : genomes) answers.push_back(measured_[places_.at(genome)].cost);
  return answers;
}

MULTIPRUNER_INLINE std::vector<double> WidthRun::estimates_of(std::span<const Genome> genomes, double share) {
  std::vector<Plan> plans;
  for (const Genome& genome : genomes) plans.push_back(genes_->plan_of(genome));
  std::vector<double> estimates;
  const auto on_batch = [this](const BatchState& batch) { note_batch(batch); };
  const CostRequest request{.samples = width_samples, .share = share, .on_batch = on_batch};
  for (const PlanCost& cost : context_.objective.costs(plans, request)) estimates.push_back(cost.value);
  return estimates;
}

MULTIPRUNER_INLINE std::vector<std::vector<WidthLevel>> WidthRun::levels_of(const WidthTable& table) {
  begin("widths, blocks one by one");
  return table.levels(costs_of(table.genomes()));
}

MULTIPRUNER_INLINE SearchProblem WidthRun::problem() {
  SearchProblem problem;
  problem.ratio_of = [this](const Plan& plan) { return ratio_of(plan); };
  problem.costs = [this](std::span<const Plan> plans, bool only_cheapest) {
    return context_.objective.costs(plans, {.samples = width_samples,
                                            .only_cheapest = only_cheapest,
                                            .on_batch = [this](const BatchState& batch) { note_batch(batch); }});
  };
  return problem;
}

MULTIPRUNER_INLINE void WidthRun::report(double finished) {
  finished_ = std::min(finished, expected_);
  const double widths = (options_.ratio - begun_) / (options_.ratio - start_);  // the share of the run that they are
  const double share = 1 - widths * (1 - finished_ / expected_);
  context_.progress.advance(static_cast<Index>(share * static_cast<double>(progress_units_of_run)));
}

MULTIPRUNER_INLINE PruningResult WidthRun::finish(const std::string& stage) {
  if (begun_ >= options_.ratio) {
    steps_.take({plan(), {}, SearchOutcome::reached});
  } else if (!can_reach_target()) {
    const Genome narrowest = genes_->narrowest();
    const double cost = costs_of({&narrowest, 1}).front();
    go_to(std::isfinite(cost) ? std::optional(measured_.front()) : std::nullopt, stage, SearchOutcome::no_candidate);
  } else {
    go_to(choose(), stage, SearchOutcome::reached);
  }
  return std::move(steps_).finish();
}

MULTIPRUNER_INLINE double WidthRun::ratio_of(const Plan& plan) const {
  return pruning_ratio(context_.graph.config(), plan);
}

MULTIPRUNER_INLINE bool WidthRun::can_reach_target() const {
  return genes_->ratio_of(genes_->narrowest()) >= options_.ratio;
}

MULTIPRUNER_INLINE std::optional<MeasuredWidths> WidthRun::choose() {
  const MeasuredWidths* best = nullptr;  // the first of those that are as good
  const auto is_better = [&](const MeasuredWidths& genome) {
    if (!std::isfinite(genome.cost) || genome.ratio < band_.lowest) return false;
    if (best == nullptr) return true;
    const bool on_target = band_.contains(genome.ratio), best_is = band_.contains(best->ratio);
    if (on_target != best_is) return on_target;
    if (!on_target && genome.ratio != best->ratio) return genome.ratio < best->ratio;
    return genome.cost < best->cost;
  };
  for (const MeasuredWidths& genome : measured_) {
    if (is_better(genome)) best = &genome;
  }
  return best != nullptr ? std::optional(*best) : narrowed_to_target();
}

MULTIPRUNER_INLINE std::optional<MeasuredWidths> WidthRun::narrowed_to_target() {
  const MeasuredWidths* nearest = nullptr;
  for (const MeasuredWidths& genome : measured_) {
    if (!std::isfinite(genome.cost)) continue;
    if (nearest == nullptr || genome.ratio > nearest->ratio ||
        (genome.ratio == nearest->ratio && genome.cost < nearest->cost)) {
      nearest = &genome;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  begin("widths, to the target");
  const StageInModel stage = stage_of_axes(context_.graph.config(), widths_of(options_), options_.ratio, options_.keep);
  SearchProblem to_target = problem();
  to_target.target = options_.ratio;
  const SearchResult found = Greedy{}.search(stage.spaces.back(), genes_->plan_of(nearest->genome), to_target);
  if (found.outcome != SearchOutcome::reached) return std::nullopt;
  const SearchStep& last = found.steps.back();
  return measured_.emplace_back(MeasuredWidths{genes_->genome_of(found.plan), last.cost, last.ratio});
}

MULTIPRUNER_INLINE void WidthRun::go_to(const std::optional<MeasuredWidths>& chosen, const std::string& stage,
                                        SearchOutcome outcome) {
  if (!chosen) return steps_.take({plan(), {}, SearchOutcome::no_finite_cost});
  const Edit edit = genes_->edit_to(chosen->genome);
  if (!edit.changes().empty()) {
    steps_.problem(stage, std::string(width_samples), options_.ratio).on_step({edit, chosen->cost, chosen->ratio, {}});
  }
  steps_.take({genes_->plan_of(chosen->genome), {}, outcome});
}

/// E.g. "widths, generation 3 of 8: 12/50, best 13.21".
MULTIPRUNER_INLINE void WidthRun::note_batch(const BatchState& batch) {
  std::string text = under_way_ + ": " + std::to_string(batch.plans_done) + "/" + std::to_string(batch.plans);
  double best = std::numeric_limits<double>::infinity();
  for (const MeasuredWidths& genome : measured_) {
    if (band_.contains(genome.ratio) && std::isfinite(genome.cost)) best = std::min(best, genome.cost);
  }
  if (measured_.empty()) best = batch.best;  // of a first plan, which is not there yet
  if (std::isfinite(best)) text += ", best " + rounded(context_.objective.display(best), 2);
  context_.progress.describe(text);
}

MULTIPRUNER_INLINE StageInModel stage_of_axes(const ModelConfig& config, std::vector<StageSelector> removes,
                                              double until, const ProtectedBlocks& keep) {
  const PruningStage stage{.removes = std::move(removes), .until = until};
  return stages_in(config, {.stages = {stage}, .keep = keep}).front();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
