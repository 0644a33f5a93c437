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
  return {{length, tokens}, {length, tokens}};
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
  Evaluator<Perplexity> evaluator(graph, calibration, {}, options);
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
    problem.ratio_of = [](const Plan& plan) { return static_cast<double>(plan.removal_order().size()); };
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
      const BlockId block = block_at(position);
      const auto draw = random() % 10;
      if (draw == 0) plan.remove(block);
      if (draw == 1 && block.kind == BlockKind::mlp) plan.set_width(block, plan.width(block) / 2);
    }
  }
  return [plans](Objective& objective) {
    const std::vector<PlanCost> costs = objective.costs(plans, {});
    return plans[static_cast<std::size_t>(std::ranges::min_element(costs, {}, &PlanCost::value) - costs.begin())];
  };
}

template <class Work>
void compare(Report& report, const std::string& name, const Graph& graph, Work&& work, std::optional<Target> target) {
  const Calibration calibration = random_calibration();
  const Measured ours = measure(graph, calibration, {}, work);
  const Measured theirs = measure(graph, calibration, one_pass_a_candidate, work);
  if (!(ours.plan == theirs.plan)) throw std::runtime_error(name + ": the plans differ");
  const auto row = [&](const std::string& what, double our_figure, double their_figure, const char* unit) {
    report.add({.name = name + ", " + what,
                .ours = our_figure,
                .unit = unit,
                .competitor = Figure{"one pass a candidate", their_figure},
                .target = what == "time" ? std::nullopt : target});
  };
  row("blocks", static_cast<double>(ours.statistics.blocks_run), static_cast<double>(theirs.statistics.blocks_run),
      "windows");
  row("weights read", static_cast<double>(ours.statistics.weight_bytes) / 1e6,
      static_cast<double>(theirs.statistics.weight_bytes) / 1e6, "MB");
  row("time", ours.seconds, theirs.seconds, "s");
  report.add(
      {.name = name + ", speed", .ours = static_cast<double>(ours.statistics.plans) / ours.seconds, .unit = "plans/s"});
  report.add({.name = name + ", streams kept",
              .ours = static_cast<double>(ours.statistics.most_stream_bytes) / 1e6,
              .unit = "MB"});
}

}  // namespace

int main(int argc, char** argv) {
  Report report(argc, argv);
  report.section("Search", "a pass each");
  ThreadArena arena(report.threads());
  arena.execute([&] {
    for (const Index layers : {4, 16, 32}) {
      if (report.quick() && layers > 4) break;
      const RandomModel model({128, 352, layers, 4, 2, vocabulary}, DType::float32);
      const std::string of_layers = " of " + std::to_string(layers) + " layers";
      compare(report, "greedy step" + of_layers, model.graph(), greedy(model.graph(), 1), std::nullopt);
      if (layers == 32) {
        compare(report, "ten removals" + of_layers, model.graph(), greedy(model.graph(), 10), at_most(1 / 3.5));
      }
      compare(report, "population of 50" + of_layers, model.graph(), population(model.graph(), 50), std::nullopt);
    }
  });
  return report.finish();
}
