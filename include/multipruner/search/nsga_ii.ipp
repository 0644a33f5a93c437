// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/search/detail/genetic_operators.hpp>
#include <multipruner/search/detail/pareto.hpp>
#include <multipruner/search/nsga_ii.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Numbers from 0 to below a count, each once before any comes again.
class ShuffledNumbers {
 public:
  explicit ShuffledNumbers(std::size_t count) : count_(count) {}

  [[nodiscard]] std::size_t next(NumpyRandom& random) {
    if (left_.empty()) left_ = random.permutation(static_cast<Index>(count_));
    const auto number = static_cast<std::size_t>(left_.back());
    left_.pop_back();
    return number;
  }

 private:
  std::size_t count_;
  std::vector<Index> left_;
};

/// One search of NsgaII.
class Evolution {
 public:
  Evolution(const NsgaIIOptions& options, const NsgaIIProblem& problem)
      : options_(options), problem_(problem), random_(options.seed), space_(number_of_genomes(problem.genes)) {}

  [[nodiscard]] NsgaIIResult run() && {
    for (std::vector<Genome> batch = first_population(); !batch.empty(); batch = children()) {
      evaluate(batch);
      select();
      ++result_.generations;
      if (problem_.on_generation) problem_.on_generation(result_);
    }
    result_.exhausted = static_cast<Index>(result_.evaluated.size()) < options_.evaluations;
    return std::move(result_);
  }

 private:
  static constexpr Index most_failures = 100;  ///< in a row, to make a genome that is new

  /// As many as there are, or the largest number.
  static std::size_t number_of_genomes(const std::vector<GeneRange>& genes) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    std::size_t number = 1;
    for (const auto& [lowest, highest] : genes) {
      const auto values = static_cast<std::size_t>(highest - lowest) + 1;
      if (number > most / values) return most;
      number *= values;
    }
    return number;
  }

  [[nodiscard]] std::vector<Genome> first_population() {
    std::vector<Genome> batch;
    for (const Genome& seed : problem_.seeds) {
      if (may_add_to(batch)) add_if_new(batch, seed);
    }
    while (may_add_to(batch) && static_cast<Index>(batch.size()) < options_.population && add_drawn(batch)) {
    }
    return batch;
  }

  [[nodiscard]] std::vector<Genome> children() {
    std::vector<Genome> batch;
    Index failures = 0;
    ShuffledNumbers contestants(result_.population.size());
    while (may_add_to(batch) && static_cast<Index>(batch.size()) < options_.population) {
      if (failures >= most_failures) {
        if (!add_drawn(batch)) break;
        failures = 0;
        continue;
      }
      const std::size_t mother = winner(contestants), father = winner(contestants);
      const auto [first, second] = mated(mother, father);
      const bool added = add_if_new(batch, first);
      const bool room = may_add_to(batch) && static_cast<Index>(batch.size()) < options_.population;
      failures = (room && add_if_new(batch, second)) || added ? 0 : failures + 1;
    }
    return batch;
  }

  [[nodiscard]] bool may_add_to(const std::vector<Genome>& batch) const {
    return static_cast<Index>(result_.evaluated.size() + batch.size()) < options_.evaluations;
  }

  bool add_if_new(std::vector<Genome>& batch, Genome genome) {
    if (problem_.repair) genome = problem_.repair(std::move(genome), random_);
    require_in_space(genome);
    if (!seen_.insert(genome).second) return false;
    batch.push_back(std::move(genome));
    return true;
  }

  /// Adds a genome that is drawn. @returns false where none is found that is new
  bool add_drawn(std::vector<Genome>& batch) {
    for (Index tries = 0; tries < most_failures && seen_.size() < space_; ++tries) {
      if (add_if_new(batch, problem_.repair ? random_genome(problem_.genes, random_) : unseen_genome())) return true;
    }
    return false;
  }

  /// One that is drawn or, where that was seen, the next one that was not; there must be one.
  [[nodiscard]] Genome unseen_genome() {
    Genome genome = random_genome(problem_.genes, random_);
    while (seen_.contains(genome)) {
      for (std::size_t i = 0; i < genome.size(); ++i) {
        const auto& [lowest, highest] = problem_.genes[i];
        if (genome[i]++ < highest) break;
        genome[i] = lowest;
      }
    }
    return genome;
  }

  void require_in_space(const Genome& genome) const {
    bool inside = genome.size() == problem_.genes.size();
    for (std::size_t i = 0; inside && i < genome.size(); ++i) {
      inside = genome[i] >= problem_.genes[i].lowest && genome[i] <= problem_.genes[i].highest;
    }
    if (inside) return;
    throw OptionError("genome", "one of the seeds, or what the repair made of one, is not in the search space",
                      "Give one value for every gene, in its range");
  }

  void evaluate(const std::vector<Genome>& batch) {
    std::vector<Objectives> objectives = problem_.evaluate(batch);
    if (objectives.size() != batch.size()) {
      throw OptionError("evaluation",
                        "it gave objectives of " + std::to_string(objectives.size()) + " of " +
                            std::to_string(batch.size()) + " genomes",
                        "Return objectives of every genome, in their order");
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t usual =
          result_.evaluated.empty() ? objectives.front().size() : result_.evaluated.front().objectives.size();
      if (objectives[i].empty() || objectives[i].size() != usual) {
        throw OptionError("evaluation",
                          "it gave " + std::to_string(objectives[i].size()) + " objectives of a genome, and " +
                              std::to_string(usual) + " of the first one",
                          "Return as many objectives for every genome, at least one");
      }
      result_.evaluated.push_back({batch[i], std::move(objectives[i])});
      archive_.add(result_.evaluated, result_.evaluated.size() - 1);
      result_.population.push_back(result_.evaluated.size() - 1);
    }
    result_.front = archive_.front();
  }

  /// Of the population and its children, those survive that fewest dominate; of the last of them, the least crowded.
  void select() {
    std::vector<Objectives> points;
    for (const std::size_t i : result_.population) points.push_back(result_.evaluated[i].objectives);
    std::vector<std::size_t> survivors;
    crowding_.clear();
    const auto most = static_cast<std::size_t>(options_.population);
    for (const std::vector<std::size_t>& front : pareto_fronts(points)) {
      const std::vector<double> distances = crowding_distances(points, front);
      std::vector<std::pair<double, std::size_t>> members;
      for (std::size_t i = 0; i < front.size(); ++i) members.emplace_back(distances[i], result_.population[front[i]]);
      if (survivors.size() + members.size() > most) {
        std::ranges::stable_sort(members, std::ranges::greater{}, [](const auto& member) { return member.first; });
        members.resize(most - survivors.size());
      }
      for (const auto& [distance, place] : members) {
        survivors.push_back(place);
        crowding_.push_back(distance);
      }
      if (survivors.size() == most) break;
    }
    result_.population = std::move(survivors);
  }

  /// The place in the population of who wins a tournament of two.
  [[nodiscard]] std::size_t winner(ShuffledNumbers& contestants) {
    const std::size_t a = contestants.next(random_), b = contestants.next(random_);
    const auto objectives = [&](std::size_t i) -> const Objectives& {
      return result_.evaluated[result_.population[i]].objectives;
    };
    if (dominates(objectives(a), objectives(b))) return a;
    if (dominates(objectives(b), objectives(a))) return b;
    if (crowding_[a] != crowding_[b]) return crowding_[a] > crowding_[b] ? a : b;
    return random_.uniform() < 0.5 ? a : b;
  }

  [[nodiscard]] std::pair<Genome, Genome> mated(std::size_t first, std::size_t second) {
    const Genome& mother = result_.evaluated[result_.population[first]].genome;
    const Genome& father = result_.evaluated[result_.population[second]].genome;
    std::pair<RealGenome, RealGenome> children{RealGenome(mother.begin(), mother.end()),
                                               RealGenome(father.begin(), father.end())};
    if (random_.uniform() < options_.crossover_probability) {
      children = simulated_binary_crossover(mother, father, problem_.genes, options_.eta_crossover, random_);
    }
    for (RealGenome* child : {&children.first, &children.second}) {
      if (random_.uniform() >= options_.mutation_probability) continue;
      polynomial_mutation(*child, problem_.genes, options_.eta_mutation, random_);
    }
    return {nearest_genome(children.first, problem_.genes), nearest_genome(children.second, problem_.genes)};
  }

  const NsgaIIOptions& options_;
  const NsgaIIProblem& problem_;
  NumpyRandom random_;
  std::size_t space_;      ///< genomes that there are
  std::set<Genome> seen_;  ///< evaluated, or about to be
  ParetoArchive archive_;
  std::vector<double> crowding_;  ///< distances of the population, in its order
  NsgaIIResult result_;
};

inline void require_at_least(const std::string& option, Index value, Index least) {
  if (value >= least) return;
  throw OptionError(option, std::to_string(value) + " is too few", "Use " + std::to_string(least) + " or more");
}

inline void require_probability(const std::string& option, double value) {
  if (value >= 0 && value <= 1) return;
  throw OptionError(option, std::to_string(value) + " is no probability", "Use a number from 0 to 1");
}

inline void require_eta(const std::string& option, double value) {
  if (value >= 0 && std::isfinite(value)) return;
  throw OptionError(option, std::to_string(value) + " is no distribution index", "Use 0 or more, such as 15 or 20");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE NsgaII::NsgaII(NsgaIIOptions options) : options_(options) {
  detail::require_at_least("evaluations", options_.evaluations, 1);
  detail::require_at_least("population", options_.population, 2);
  detail::require_probability("crossover_probability", options_.crossover_probability);
  detail::require_probability("mutation_probability", options_.mutation_probability);
  detail::require_eta("eta_crossover", options_.eta_crossover);
  detail::require_eta("eta_mutation", options_.eta_mutation);
}

MULTIPRUNER_INLINE NsgaIIResult NsgaII::minimise(const NsgaIIProblem& problem) const {
  constexpr Index largest = Index{1} << 52;  // within which all integers are doubles
  for (const auto& [lowest, highest] : problem.genes) {
    if (lowest <= highest && lowest >= -largest && highest <= largest) continue;
    throw OptionError("genes", "one goes from " + std::to_string(lowest) + " to " + std::to_string(highest),
                      "Give every gene at least one value, none beyond 2^52");
  }
  if (!problem.evaluate) throw OptionError("evaluation", "there is none", "Give a function that evaluates genomes");
  return detail::Evolution(options_, problem).run();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
