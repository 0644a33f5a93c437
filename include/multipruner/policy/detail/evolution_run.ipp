// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/evolution_run.hpp>
#include <multipruner/policy/detail/rounded.hpp>
#include <multipruner/policy/detail/width_knapsack.hpp>
#include <multipruner/search/detail/genetic_operators.hpp>
#include <multipruner/search/greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline StageSelector channels_of(const MultiPrunerEvolOptions& options) {
  return {std::string(GatedMlp::axes[0].name), options.mlp_group};
}

inline StageSelector heads_of(const MultiPrunerEvolOptions& options) {
  return {std::string(Attention::axes[0].name), options.attention_group};
}

/// A stage up to a ratio, in a model. @throws OptionError for a group that cannot work, or blocks that there are not
inline StageInModel stage_in(const ModelConfig& config, const MultiPrunerEvolOptions& options,
                             std::vector<StageSelector> removes, double until) {
  const PruningStage stage{.removes = std::move(removes), .until = until};
  return stages_in(config, {.stages = {stage}, .keep = options.keep}).front();
}

/// @throws OptionError, DataError as EvolutionRun
inline const MultiPrunerEvolOptions& checked_options(const MultiPrunerEvolOptions& options, const RunContext& context) {
  require_ratio("ratio", options.ratio);
  if (!(options.depth_share >= 0 && options.depth_share < 1)) {
    throw OptionError("depth_share",
                      std::to_string(options.depth_share) + " is no share that leaves something to widths",
                      "Use 0 or more, and less than 1");
  }
  (void)stage_in(context.graph.config(), options, {channels_of(options), heads_of(options)}, options.ratio);
  for (const std::string_view samples : {block_samples, width_samples}) context.objective.require_samples(samples);
  return options;
}

MULTIPRUNER_INLINE BoundedStage::BoundedStage(StageInModel stage, double most,
                                              std::function<double(const Plan&)> ratio_of)
    : stage_(std::move(stage)), most_(most), ratio_of_(std::move(ratio_of)) {}

MULTIPRUNER_INLINE std::vector<Edit> BoundedStage::edits(const Plan& plan) const {
  std::vector<Edit> edits = stage_.spaces.back().edits(plan);
  std::erase_if(edits, [&](const Edit& edit) { return ratio_of_(apply(edit, plan)) > most_; });
  return edits;
}

MULTIPRUNER_INLINE EvolutionRun::EvolutionRun(const RunContext& context, const MultiPrunerEvolOptions& options)
    : context_(context),
      options_(checked_options(options, context)),
      search_({.evaluations = options.evaluations,
               .population = options.population,
               .crossover_probability = options.crossover_probability,
               .eta_crossover = options.eta_crossover,
               .mutation_probability = options.mutation_probability,
               .eta_mutation = options.eta_mutation,
               .seed = context.seed}),
      steps_(context, options.ratio, {}),
      start_(ratio_of(steps_.plan())),
      random_(~context.seed) {
  if (options.depth_share == 0) return;
  depth_.push_back(stage_in(context.graph.config(), options, {{}}, options.ratio * options.depth_share));
}

MULTIPRUNER_INLINE SearchProblem EvolutionRun::depth_problem(const StageInModel& stage) {
  return steps_.problem(stage.name, stage.samples, stage.until);
}

MULTIPRUNER_INLINE void EvolutionRun::take_blocks(SearchResult found) {
  steps_.take(std::move(found));
}

MULTIPRUNER_INLINE void EvolutionRun::begin_widths() {
  const ModelConfig& config = context_.graph.config();
  const StageSelector channels = channels_of(options_), heads = heads_of(options_);
  genes_.emplace(config, plan(), std::array{channels, heads}, options_.keep);
  sequential_ = plan();
  begun_ = ratio_of(plan());
  band_ = band_of(options_.ratio);
  if (begun_ >= options_.ratio || !can_reach_target()) return;

  const Distribution shares;
  const double first = options_.ratio * options_.depth_share;
  const double second =
      first + (options_.ratio - first) * shares.mlp_width / (shares.mlp_width + shares.attention_width);
  const auto add = [&](const StageSelector& removes, double until, double most) {
    widths_.emplace_back(stage_in(config, options_, {removes}, until), most,
                         [this](const Plan& plan) { return ratio_of(plan); });
  };
  add(channels, second, band_.highest);
  add(heads, options_.ratio, band_.highest);
  add(channels, options_.ratio, band_.highest);  // where heads run out, or one too many is beyond the target
  add(heads, options_.ratio, std::numeric_limits<double>::infinity());
  expected_ = sequential_plans() + static_cast<double>(genomes_in_table() + options_.evaluations);
}

MULTIPRUNER_INLINE SearchProblem EvolutionRun::width_problem(const BoundedStage& stage) {
  under_way_ = stage.name() + ", a first plan";
  SearchProblem problem = problem_on_widths();
  problem.target = stage.until();
  problem.on_step = [this](const SearchStep& step) {
    const double share = (step.ratio - begun_) / (options_.ratio - begun_);
    report(sequential_plans() * std::min(share, 1.0));
  };
  return problem;
}

MULTIPRUNER_INLINE void EvolutionRun::take_widths(SearchResult found) {
  sequential_ = std::move(found.plan);
}

MULTIPRUNER_INLINE PruningResult EvolutionRun::finish() && {
  if (begun_ >= options_.ratio) {
    steps_.take({plan(), {}, SearchOutcome::reached});
  } else if (!can_reach_target()) {
    const Genome narrowest = genes_->narrowest();
    const double cost = costs_of({&narrowest, 1}).front();
    go_to(std::isfinite(cost) ? std::optional(measured_.front()) : std::nullopt, SearchOutcome::no_candidate);
  } else {
    evolve();
    go_to(choose(), SearchOutcome::reached);
  }
  PruningResult result = std::move(steps_).finish();
  result.front = front();
  return result;
}

MULTIPRUNER_INLINE double EvolutionRun::ratio_of(const Plan& plan) const {
  return pruning_ratio(context_.graph.config(), plan);
}

MULTIPRUNER_INLINE bool EvolutionRun::can_reach_target() const {
  return genes_->ratio_of(genes_->narrowest()) >= options_.ratio;
}

MULTIPRUNER_INLINE double EvolutionRun::sequential_plans() const {
  const Genome narrowest = genes_->narrowest();
  const auto groups = static_cast<double>(std::accumulate(narrowest.begin(), narrowest.end(), Index{0}));
  const double share = (options_.ratio - begun_) / (genes_->ratio_of(narrowest) - begun_);
  return groups * share * static_cast<double>(genes_->size()) / 2;  // a stage has about half of the candidates
}

MULTIPRUNER_INLINE std::vector<double> EvolutionRun::costs_of(std::span<const Genome> genomes) {
  std::vector<Plan> plans;
  std::vector<Genome> unknown;
  for (const Genome& genome : genomes) {
    if (!places_.try_emplace(genome, measured_.size() + unknown.size()).second) continue;
    unknown.push_back(genome);
    plans.push_back(genes_->plan_of(genome));
  }
  if (!plans.empty()) {
    const std::vector<PlanCost> costs = problem_on_widths().costs_of(plans, false);
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      measured_.push_back({unknown[i], costs[i].value, genes_->ratio_of(unknown[i])});
    }
    report(finished_ + static_cast<double>(plans.size()));
  }
  std::vector<double> answers;
  for (const Genome& genome : genomes) answers.push_back(measured_[places_.at(genome)].cost);
  return answers;
}

MULTIPRUNER_INLINE RatioBand EvolutionRun::band_of(double target) const {
  double width = 0.1;
  const Genome widest = genes_->widest();
  for (std::size_t gene = 0; gene < genes_->size(); ++gene) {
    const BlockAxis& axis = (*genes_)[gene].axis;
    if (context_.graph.config().blocks[axis.block].kind().axes[axis.axis].name != GatedMlp::axes[0].name) continue;
    width = std::max(width, genes_->percent(genes_->parameters_of_group(widest, gene)));
  }
  return {target, target + width * (1 + 1e-9)};  // a group more than just below the target is in it, rounded or not
}

/// Groups that a gene loses alone, to see what that costs: few, where most plans are, and many.
inline std::vector<Index> levels_of_table(Index most) {
  std::vector<Index> levels{0};
  for (const Index divisor : {8, 4, 2, 1}) {
    const Index level = std::max<Index>((most + divisor / 2) / divisor, 1);
    if (level > levels.back()) levels.push_back(level);
  }
  return levels;
}

MULTIPRUNER_INLINE Index EvolutionRun::genomes_in_table() const {
  Index genomes = 1;
  for (std::size_t gene = 0; gene < genes_->size(); ++gene) {
    genomes += static_cast<Index>(levels_of_table((*genes_)[gene].most).size()) - 1;
  }
  return genomes;
}

MULTIPRUNER_INLINE std::optional<Genome> EvolutionRun::plan_of_sums() {
  under_way_ = "widths, blocks one by one";
  std::vector<Genome> table{genes_->widest()};
  for (std::size_t gene = 0; gene < genes_->size(); ++gene) {
    for (const Index level : levels_of_table((*genes_)[gene].most)) {
      if (level == 0) continue;
      table.push_back(genes_->widest());
      table.back()[gene] = level;
    }
  }
  const std::vector<double> costs = costs_of(table);
  std::vector<std::vector<WidthLevel>> genes;
  std::size_t next = 1;
  for (std::size_t gene = 0; gene < genes_->size(); ++gene) {
    const std::vector<Index> levels = levels_of_table((*genes_)[gene].most);
    std::vector<double> added{0};
    for (std::size_t i = 1; i < levels.size(); ++i) added.push_back(costs[next++] - costs.front());
    Genome single = genes_->widest();
    Index removed = 0;
    std::vector<WidthLevel>& all = genes.emplace_back();
    for (const double adds : interpolated(levels, added)) {
      all.push_back({adds, removed});
      if (single[gene] < (*genes_)[gene].most) removed += genes_->parameters_of_group(single, gene);
      ++single[gene];
    }
  }
  const double share = (options_.ratio - begun_) / 100;
  const auto needed =
      static_cast<Index>(std::ceil(share * static_cast<double>(count_parameters(context_.graph.config()))));
  return cheapest_levels(genes, needed);
}

/// A genome with a few genes a group up or down.
inline Genome neighbour_of(Genome genome, const std::vector<GeneRange>& ranges, NumpyRandom& random) {
  for (int moves = 0; moves < 3; ++moves) {
    const auto gene = static_cast<std::size_t>(random.uniform() * static_cast<double>(genome.size()));
    const Index moved = genome[gene] + (random.uniform() < 0.5 ? -1 : 1);
    genome[gene] = std::clamp(moved, ranges[gene].lowest, ranges[gene].highest);
  }
  return genome;
}

MULTIPRUNER_INLINE std::vector<Genome> EvolutionRun::seeds() {
  std::vector<Genome> seeds{genes_->genome_of(sequential_)};
  const auto near_target = [&](Genome genome) { return into_band(std::move(genome), *genes_, band_, random_); };
  if (std::optional<Genome> sums = plan_of_sums()) seeds.push_back(near_target(*std::move(sums)));
  seeds.push_back(near_target(uniform_genome(*genes_, options_.ratio)));
  for (const double share : {0.0, 0.5, 0.75, 1.25, 1.5}) {
    seeds.push_back(uniform_genome(*genes_, begun_ + share * (options_.ratio - begun_)));
  }
  const std::vector<GeneRange> ranges = genes_->ranges();
  while (static_cast<Index>(seeds.size()) < options_.population) {
    const bool local = seeds.size() % 2 == 0;
    seeds.push_back(near_target(local ? neighbour_of(seeds.front(), ranges, random_) : random_genome(ranges, random_)));
  }
  return seeds;
}

MULTIPRUNER_INLINE void EvolutionRun::evolve() {
  report(sequential_plans());
  under_way_ = "widths, the first plan";
  const Genome sequential = genes_->genome_of(sequential_);
  (void)costs_of({&sequential, 1});
  // Where only heads are left, one of them may lead further. That plan is to be beaten nevertheless.
  band_.highest = std::max(band_.highest, genes_->ratio_of(sequential));
  NsgaIIProblem problem{.genes = genes_->ranges(), .seeds = seeds()};
  const Index generations = (options_.evaluations + options_.population - 1) / options_.population;
  const auto begin_generation = [&](Index generation) {
    under_way_ = "widths, generation " + std::to_string(generation) + " of " + std::to_string(generations);
  };
  begin_generation(1);
  problem.evaluate = [&](std::span<const Genome> genomes) {
    std::vector<Objectives> objectives;
    for (const double cost : costs_of(genomes)) objectives.push_back({cost});
    if (options_.in_band) return objectives;
    for (std::size_t i = 0; i < genomes.size(); ++i) {
      objectives[i].push_back(static_cast<double>(genes_->parameters_of(genomes[i])));
    }
    return objectives;
  };
  if (options_.in_band) {
    problem.repair = [&](Genome genome, NumpyRandom& random) {
      return into_band(std::move(genome), *genes_, band_, random);
    };
  }
  problem.on_generation = [&](const NsgaIIResult& result) { begin_generation(result.generations + 1); };
  (void)search_.minimise(problem);
}

MULTIPRUNER_INLINE std::optional<EvolutionRun::Measured> EvolutionRun::choose() {
  const Measured* best = nullptr;  // the first of those that are as good
  const auto is_better = [&](const Measured& genome) {
    if (!std::isfinite(genome.cost) || genome.ratio < band_.lowest) return false;
    if (best == nullptr) return true;
    const bool on_target = band_.contains(genome.ratio), best_is = band_.contains(best->ratio);
    if (on_target != best_is) return on_target;
    if (!on_target && genome.ratio != best->ratio) return genome.ratio < best->ratio;
    return genome.cost < best->cost;
  };
  for (const Measured& genome : measured_) {
    if (is_better(genome)) best = &genome;
  }
  return best != nullptr ? std::optional(*best) : narrowed_to_target();
}

MULTIPRUNER_INLINE std::optional<EvolutionRun::Measured> EvolutionRun::narrowed_to_target() {
  const Measured* nearest = nullptr;
  for (const Measured& genome : measured_) {
    if (!std::isfinite(genome.cost)) continue;
    if (nearest == nullptr || genome.ratio > nearest->ratio ||
        (genome.ratio == nearest->ratio && genome.cost < nearest->cost)) {
      nearest = &genome;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  under_way_ = "widths, to the target";
  const StageInModel stage =
      stage_in(context_.graph.config(), options_, {channels_of(options_), heads_of(options_)}, options_.ratio);
  SearchProblem problem = problem_on_widths();
  problem.target = options_.ratio;
  const SearchResult found = Greedy{}.search(stage.spaces.back(), genes_->plan_of(nearest->genome), problem);
  if (found.outcome != SearchOutcome::reached) return std::nullopt;
  const SearchStep& last = found.steps.back();
  return measured_.emplace_back(Measured{genes_->genome_of(found.plan), last.cost, last.ratio});
}

MULTIPRUNER_INLINE std::vector<FrontPoint> EvolutionRun::front() const {
  std::vector<const Measured*> smallest_first;
  for (const Measured& genome : measured_) {
    if (std::isfinite(genome.cost)) smallest_first.push_back(&genome);
  }
  std::ranges::stable_sort(smallest_first, [](const Measured* a, const Measured* b) {
    return a->ratio != b->ratio ? a->ratio > b->ratio : a->cost < b->cost;
  });
  std::vector<FrontPoint> front;
  for (const Measured* genome : smallest_first) {
    if (!front.empty() && genome->cost >= front.back().cost) continue;
    front.push_back({genes_->plan_of(genome->genome), genome->cost, genome->ratio});
  }
  std::ranges::reverse(front);
  return front;
}

MULTIPRUNER_INLINE void EvolutionRun::go_to(const std::optional<Measured>& chosen, SearchOutcome outcome) {
  if (!chosen) return steps_.take({plan(), {}, SearchOutcome::no_finite_cost});
  const Edit edit = genes_->edit_to(chosen->genome);
  if (!edit.changes().empty()) {
    const std::string name = name_of({.removes = {channels_of(options_), heads_of(options_)}});
    steps_.problem(name, std::string(width_samples), options_.ratio).on_step({edit, chosen->cost, chosen->ratio, {}});
  }
  steps_.take({genes_->plan_of(chosen->genome), {}, outcome});
}

MULTIPRUNER_INLINE SearchProblem EvolutionRun::problem_on_widths() {
  SearchProblem problem;
  problem.ratio_of = [this](const Plan& plan) { return ratio_of(plan); };
  problem.costs = [this](std::span<const Plan> plans, bool only_cheapest) {
    return context_.objective.costs(plans, {.samples = width_samples,
                                            .only_cheapest = only_cheapest,
                                            .on_batch = [this](const BatchState& batch) { note_batch(batch); }});
  };
  return problem;
}

/// E.g. "widths, generation 3 of 8: 12/50, best 13.21".
MULTIPRUNER_INLINE void EvolutionRun::note_batch(const BatchState& batch) {
  std::string text = under_way_ + ": " + std::to_string(batch.plans_done) + "/" + std::to_string(batch.plans);
  double best = std::numeric_limits<double>::infinity();
  for (const Measured& genome : measured_) {
    if (band_.contains(genome.ratio) && std::isfinite(genome.cost)) best = std::min(best, genome.cost);
  }
  if (measured_.empty()) best = batch.best;  // of a first plan, which is not there yet
  if (std::isfinite(best)) text += ", best " + rounded(context_.objective.display(best), 2);
  context_.progress.describe(text);
}

MULTIPRUNER_INLINE void EvolutionRun::report(double finished) {
  finished_ = std::min(finished, expected_);
  const double widths = (options_.ratio - begun_) / (options_.ratio - start_);  // the share of the run that they are
  const double share = 1 - widths * (1 - finished_ / expected_);
  context_.progress.advance(static_cast<Index>(share * static_cast<double>(progress_units_of_run)));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
