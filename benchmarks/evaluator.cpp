// SPDX-License-Identifier: MIT
// What a search costs with the Evaluator, against one forward pass for every candidate: counted in blocks applied to
// windows, in bytes of weights read, and in time. Both find the same plans.

#include <algorithm>
#include <random>
#include <stdexcept>

#include "random_model.hpp"
#include "report.hpp"
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/greedy.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

constexpr Index windows = 4, length = 64, vocabulary = 2048;

Calibration random_calibration() {
  std::mt19937 random(5);
  std::vector<TokenId> tokens;
  for (Index i = 0; i < windows * length; ++i) tokens.push_back(static_cast<TokenId>(random() % vocabulary));
  return {{"text", {length, std::move(tokens)}}};
}

constexpr EvaluatorOptions one_pass_a_candidate{.share_prefixes = false, .reuse = false, .early_stop = false};

/// What a piece of work on an evaluator cost and found.
struct Measured {
  double seconds = 0;
  EvaluatorStatistics statistics;
  Plan plan;
};

template <class Work>
Measured measure(const Graph& graph, const Calibration& calibration, EvaluatorOptions options, Work&& work) {
  Evaluator evaluator({graph, calibration, {}, options});
  const double start = wall_seconds();
  Plan plan = work(evaluator);
  return {wall_seconds() - start, evaluator.statistics(), std::move(plan)};
}

/// Removes blocks one by one.
auto greedy(const Graph& graph, Index removals) {
  return [&graph, removals](Objective& objective) {
    SearchProblem problem;
    problem.costs = [&](std::span<const Plan> plans, bool only_cheapest) {
      return objective.costs(plans, {.only_cheapest = only_cheapest});
    };
    problem.ratio_of = [](const Plan& plan) { return static_cast<double>(plan.removed_blocks().size()); };
    problem.target = static_cast<double>(removals);
    return Greedy{}.search(BlockRemoval{}, Plan(graph), problem).plan;
  };
}

/// Costs of plans as a population of an evolutionary search has them: blocks narrowed and removed here and there.
auto population(const Graph& graph, std::size_t count) {
  std::mt19937 random(9);
  std::vector<Plan> plans(count, Plan(graph));
  for (Plan& plan : plans) {
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      const BlockId block{position};
      const auto draw = random() % 10;
      if (draw == 0) plan.remove(block);
      if (draw == 1 && graph.spec(block).is<GatedMlp>()) plan.set_width(block, plan.width(block) / 2);
    }
  }
  return [plans](Objective& objective) {
    const std::vector<PlanCost> costs = objective.costs(plans, {});
    return plans[static_cast<std::size_t>(std::ranges::min_element(costs, {}, &PlanCost::value) - costs.begin())];
  };
}

/// The same work both ways.
struct Comparison {
  std::string name;
  Measured ours, theirs;
};

template <class Work>
Comparison compare(const std::string& name, const Graph& graph, Work&& work) {
  const Calibration calibration = random_calibration();
  Comparison result{name, measure(graph, calibration, {}, work),
                    measure(graph, calibration, one_pass_a_candidate, work)};
  if (!(result.ours.plan == result.theirs.plan)) throw std::runtime_error(name + ": the plans differ");
  return result;
}

/// A table of one figure of all comparisons.
template <class FigureOf>
void show(Report& report, const std::string& title, const char* unit, const std::vector<Comparison>& comparisons,
          std::optional<Target> target, FigureOf&& figure_of) {
  report.section(title, "a pass each");
  for (const Comparison& comparison : comparisons) {
    report.add({.name = comparison.name + ": " + title,
                .ours = figure_of(comparison.ours),
                .unit = unit,
                .competitor = Figure{"one pass a candidate", figure_of(comparison.theirs)},
                .target = comparison.name.starts_with("ten") ? target : std::nullopt});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  std::vector<Comparison> comparisons;
  ThreadArena arena(report.threads());
  arena.execute([&] {
    const std::vector<Index> depths = report.quick() ? std::vector<Index>{8} : std::vector<Index>{4, 16, 32};
    for (const Index layers : depths) {
      const RandomModel model({128, 352, layers, 4, 2, vocabulary}, DType::float32);
      const std::string of_layers = " of " + std::to_string(layers) + " layers";
      comparisons.push_back(compare("greedy step" + of_layers, model.graph(), greedy(model.graph(), 1)));
      comparisons.push_back(compare("population of 50" + of_layers, model.graph(), population(model.graph(), 50)));
      if (layers < depths.back()) continue;
      comparisons.push_back(compare("ten removals" + of_layers, model.graph(), greedy(model.graph(), 10)));
    }
  });
  constexpr double fewer = 1 / 3.5, megabyte = 1e6;
  show(report, "blocks applied to windows", "blocks", comparisons, at_most(fewer),
       [](const Measured& m) { return static_cast<double>(m.statistics.blocks_run); });
  show(report, "weights read", "MB", comparisons, at_most(fewer),
       [](const Measured& m) { return static_cast<double>(m.statistics.weight_bytes) / megabyte; });
  show(report, "speed", "plans/s", comparisons, std::nullopt,
       [](const Measured& m) { return static_cast<double>(m.statistics.plans) / m.seconds; });
  report.section("Streams kept");
  for (const Comparison& comparison : comparisons) {
    report.add({.name = comparison.name + ": streams kept",
                .ours = static_cast<double>(comparison.ours.statistics.most_stream_bytes) / megabyte,
                .unit = "MB"});
  }
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
