// SPDX-License-Identifier: MIT
// A pruning policy of one's own. A policy decides what to remove; it never runs the model. It asks an Objective what
// plans cost, as many at once as it likes, and the library finds the cheapest way to answer.
//
//   custom_policy [MODEL]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

// One-shot pruning of MLP blocks: score the model without each of them once, then drop the cheapest ones until the
// target is reached, and measure where that leads. Much quicker than a greedy search, and blind to how blocks make up
// for each other.
class OneShotMlp {
 public:
  struct Options {
    double ratio = 10;  // percent of the model's parameters to remove
  };

  explicit OneShotMlp(Options options) : options_(options) { require_ratio("ratio", options_.ratio); }

  [[nodiscard]] PruningResult run(const RunContext& context) const {
    const Plan start(context.graph);
    std::vector<Candidate> candidates;
    std::vector<Plan> plans;
    for (Index position = 0; position < start.num_blocks(); ++position) {
      const BlockChoice removal{{position}, {}};
      if (!start.blocks()[removal.block].is<GatedMlp>() || start.removed(removal.block)) continue;
      candidates.push_back({removal});
      plans.push_back(apply(removal, start));
    }

    const ProgressScope scope(context.progress, "scoring MLP blocks", 0);
    const std::vector<PlanCost> costs = context.objective.costs(plans, {});
    for (std::size_t i = 0; i < costs.size(); ++i) candidates[i].cost = costs[i];
    std::erase_if(candidates, [](const Candidate& candidate) { return !std::isfinite(candidate.cost.value); });
    std::ranges::stable_sort(candidates, {}, [](const Candidate& candidate) { return candidate.cost.value; });

    // A target that cannot be reached is an outcome, not an error.
    PruningResult result{
        .plan = start, .outcome = SearchOutcome::no_candidate, .ratio = pruning_ratio(context.graph.config(), start)};
    for (const Candidate& cheapest : candidates) {
      if (result.ratio >= options_.ratio) break;
      result.plan = apply(cheapest.edit, std::move(result.plan));
      result.ratio = pruning_ratio(context.graph.config(), result.plan);
      result.steps.push_back({"MLP blocks", {cheapest.edit, cost_of(result.plan, context), result.ratio, {}}});
      if (context.on_step) context.on_step(result.steps.back());
    }
    if (result.ratio >= options_.ratio) result.outcome = SearchOutcome::reached;
    return result;
  }

 private:
  // What a step has led to. Candidates of a step would be edits of the plan before it; here, all were compared at once.
  static double cost_of(const Plan& plan, const RunContext& context) {
    return context.objective.costs({&plan, 1}, {}).front().value;
  }

  Options options_;
};

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const Graph graph = load<Llama>(model);
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration =
      read_calibration(model / "calibration.txt", *tokenizer, {.sequence_length = 256, .max_windows = 8});

  const Pruner<Perplexity, OneShotMlp> pruner{{.ratio = 20}};
  const PruningResult result = pruner.prune(graph, calibration);

  for (const PruningStep& step : result.steps) {
    std::printf("%5.2f %%  without %s: perplexity %.2f\n", step.search.ratio,
                graph.label(step.search.edit.front().block).c_str(), Perplexity{}.display(step.search.cost));
  }
  std::printf("perplexity %.2f -> %.2f\n", perplexity(ModelView(graph), calibration.front()),
              perplexity(ModelView(graph, result.plan), calibration.front()));
  return result.outcome == SearchOutcome::reached ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
