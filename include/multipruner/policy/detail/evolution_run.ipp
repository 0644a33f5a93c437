// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/evolution_run.hpp>
#include <multipruner/policy/detail/width_knapsack.hpp>
#include <multipruner/search/detail/genetic_operators.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE EvolutionRun::EvolutionRun(const RunContext& context, const MultiPrunerEvolOptions& options)
    : context_(context),
      options_(options),
      narrowing_(narrowing_in(options)),
      search_({.evaluations = options.evaluations,
               .population = options.population,
               .crossover_probability = options.crossover_probability,
               .eta_crossover = options.eta_crossover,
               .mutation_probability = options.mutation_probability,
               .eta_mutation = options.eta_mutation,
               .seed = context.seed}),
      run_(context, narrowing_, options.depth_share),
      random_(~context.seed) {}

/// Groups that a gene loses alone, to see what that costs: few, where most plans are, and many.
inline std::vector<Index> levels_of_table(Index most) {
  std::vector<Index> levels{0};
  for (const Index divisor : {8, 4, 2, 1}) {
    const Index level = std::max<Index>((most + divisor / 2) / divisor, 1);
    if (level > levels.back()) levels.push_back(level);
  }
  return levels;
}

MULTIPRUNER_INLINE void EvolutionRun::begin_widths() {
  run_.begin_widths();
  sequential_ = plan();
  if (!run_.is_open()) return;
  table_.emplace(run_.genes(), levels_of_table);

  const Distribution shares;
  const double first = options_.ratio * options_.depth_share;
  const double of_heads = options_.heads ? shares.attention_width : 0;
  const double second = first + (options_.ratio - first) * shares.mlp_width / (shares.mlp_width + of_heads);
  const ModelConfig& config = context_.graph.config();
  const StageSelector channels = channels_of(narrowing_), heads = heads_of(narrowing_);
  const auto add = [&](const StageSelector& removes, double until) -> StageSpace& {
    return widths_.emplace_back(stage_of_axes(config, {removes}, until, options_.keep)).spaces.back();
  };
  const double highest = run_.band().highest;
  add(channels, second).set_limit(highest);
  if (options_.heads) {
    add(heads, options_.ratio).set_limit(highest);
    add(channels, options_.ratio).set_limit(highest);  // where heads run out, or one too many is beyond the target
    add(heads, options_.ratio);
  }
  run_.expect(sequential_plans() +
              static_cast<double>(static_cast<Index>(table_->genomes().size()) + options_.evaluations));
}

MULTIPRUNER_INLINE SearchProblem EvolutionRun::width_problem(const StageInModel& stage) {
  run_.begin(stage.name + ", a first plan");
  SearchProblem problem = run_.problem();
  problem.target = stage.until;
  problem.on_step = [this](const SearchStep& step) {
    const double share = (step.ratio - run_.begun()) / (options_.ratio - run_.begun());
    run_.report(sequential_plans() * std::min(share, 1.0));
  };
  return problem;
}

MULTIPRUNER_INLINE void EvolutionRun::take_widths(SearchResult found) {
  sequential_ = std::move(found.plan);
}

MULTIPRUNER_INLINE PruningResult EvolutionRun::finish() && {
  if (run_.is_open()) evolve();
  PruningResult result = run_.finish(name_of({.removes = widths_of(narrowing_)}));
  result.front = front();
  return result;
}

MULTIPRUNER_INLINE double EvolutionRun::sequential_plans() const {
  const WidthGenes& genes = run_.genes();
  const Genome narrowest = genes.narrowest();
  const auto groups = static_cast<double>(std::accumulate(narrowest.begin(), narrowest.end(), Index{0}));
  const double share = (options_.ratio - run_.begun()) / (genes.ratio_of(narrowest) - run_.begun());
  return groups * share * static_cast<double>(genes.size()) / 2;  // a stage has about half of the candidates
}

MULTIPRUNER_INLINE std::optional<Genome> EvolutionRun::plan_of_sums() {
  return cheapest_levels(run_.levels_of(*table_), run_.parameters_to(options_.ratio));
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
  const WidthGenes& genes = run_.genes();
  std::vector<Genome> seeds{genes.genome_of(sequential_)};
  const auto near_target = [&](Genome genome) { return into_band(std::move(genome), genes, run_.band(), random_); };
  if (std::optional<Genome> sums = plan_of_sums()) seeds.push_back(near_target(*std::move(sums)));
  seeds.push_back(near_target(uniform_genome(genes, options_.ratio)));
  for (const double share : {0.0, 0.5, 0.75, 1.25, 1.5}) {
    seeds.push_back(uniform_genome(genes, run_.begun() + share * (options_.ratio - run_.begun())));
  }
  const std::vector<GeneRange> ranges = genes.ranges();
  while (static_cast<Index>(seeds.size()) < options_.population) {
    const bool local = seeds.size() % 2 == 0;
    seeds.push_back(near_target(local ? neighbour_of(seeds.front(), ranges, random_) : random_genome(ranges, random_)));
  }
  return seeds;
}

MULTIPRUNER_INLINE void EvolutionRun::evolve() {
  const WidthGenes& genes = run_.genes();
  run_.report(sequential_plans());
  run_.begin("widths, the first plan");
  const Genome sequential = genes.genome_of(sequential_);
  (void)run_.costs_of({&sequential, 1});
  // Where only heads are left, one of them may lead further. That plan is to be beaten nevertheless.
  run_.widen_band_to(genes.ratio_of(sequential));
  NsgaIIProblem problem{.genes = genes.ranges(), .seeds = seeds()};
  const Index generations = (options_.evaluations + options_.population - 1) / options_.population;
  const auto begin_generation = [&](Index generation) {
    run_.begin("widths, generation " + std::to_string(generation) + " of " + std::to_string(generations));
  };
  begin_generation(1);
  problem.evaluate = [&](std::span<const Genome> genomes) {
    std::vector<Objectives> objectives;
    for (const double cost : run_.costs_of(genomes)) objectives.push_back({cost});
    if (options_.in_band) return objectives;
    for (std::size_t i = 0; i < genomes.size(); ++i) {
      objectives[i].push_back(static_cast<double>(genes.parameters_of(genomes[i])));
    }
    return objectives;
  };
  if (options_.in_band) {
    problem.repair = [&](Genome genome, NumpyRandom& random) {
      return into_band(std::move(genome), genes, run_.band(), random);
    };
  }
  problem.on_generation = [&](const NsgaIIResult& result) { begin_generation(result.generations + 1); };
  (void)search_.minimise(problem);
}

MULTIPRUNER_INLINE std::vector<FrontPoint> EvolutionRun::front() const {
  std::vector<const MeasuredWidths*> smallest_first;
  for (const MeasuredWidths& genome : run_.measured()) {
    if (std::isfinite(genome.cost)) smallest_first.push_back(&genome);
  }
  std::ranges::stable_sort(smallest_first, [](const MeasuredWidths* a, const MeasuredWidths* b) {
    return a->ratio != b->ratio ? a->ratio > b->ratio : a->cost < b->cost;
  });
  std::vector<FrontPoint> front;
  for (const MeasuredWidths* genome : smallest_first) {
    if (!front.empty() && genome->cost >= front.back().cost) continue;
    front.push_back({run_.genes().plan_of(genome->genome), genome->cost, genome->ratio});
  }
  std::ranges::reverse(front);
  return front;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
