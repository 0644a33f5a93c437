// SPDX-License-Identifier: MIT
// A search strategy of one's own: how a stage of pruning chooses among the edits that are open. It asks the problem
// what plans cost and knows nothing of models; MultiPruner's stages run with it as they do with Greedy.
//
//   custom_strategy [MODEL]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <span>
#include <vector>

#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

// A beam: goes on from the few cheapest plans of every step instead of from the cheapest alone, because what looks best
// now need not lead to the best plan.
class Beam {
 public:
  Beam() = default;
  explicit Beam(std::size_t width) : width_(width) {}

  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const SearchProblem& problem) const {
    std::vector<SearchResult> beam{{std::move(start), {}, SearchOutcome::reached}};
    const auto reached = [&](const SearchResult& path) { return problem.ratio_of(path.plan) >= problem.target; };
    while (!std::ranges::all_of(beam, reached)) {
      std::vector<SearchResult> next;
      for (const SearchResult& path : beam) {
        if (reached(path)) next.push_back(path);
        if (!reached(path)) continue_path(path, space, problem, next);
      }
      if (next.empty()) {
        beam.front().outcome = SearchOutcome::no_candidate;
        break;
      }
      keep_cheapest(next);
      beam = std::move(next);
    }
    // Which way was the best is known only now, and steps are told in their order.
    if (problem.on_step) {
      for (const SearchStep& step : beam.front().steps) problem.on_step(step);
    }
    return std::move(beam.front());
  }

 private:
  template <SearchSpace Space>
  static void continue_path(const SearchResult& path, const Space& space, const SearchProblem& problem,
                            std::vector<SearchResult>& next) {
    std::vector<Candidate> candidates;
    std::vector<Plan> plans;
    for (const Edit& edit : space.edits(path.plan)) {
      candidates.push_back({edit});
      plans.push_back(apply(edit, path.plan));
    }
    const std::vector<PlanCost> costs = problem.costs_of(plans, false);
    for (std::size_t i = 0; i < plans.size(); ++i) candidates[i].cost = costs[i];
    for (std::size_t i = 0; i < plans.size(); ++i) {
      if (!std::isfinite(costs[i].value)) continue;
      next.push_back(path);
      next.back().plan = plans[i];
      next.back().steps.push_back({candidates[i].edit, costs[i].value, problem.ratio_of(plans[i]), candidates, {}});
    }
  }

  // Of several ways to one plan the first one stays.
  void keep_cheapest(std::vector<SearchResult>& paths) const {
    std::ranges::stable_sort(paths, {}, [](const SearchResult& path) { return path.steps.back().cost; });
    std::vector<SearchResult> kept;
    for (SearchResult& path : paths) {
      const bool known = std::ranges::any_of(kept, [&](const SearchResult& one) { return one.plan == path.plan; });
      if (!known && kept.size() < width_) kept.push_back(std::move(path));
    }
    paths = std::move(kept);
  }

  std::size_t width_ = 3;
};

static_assert(SearchStrategy<Beam>);

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const Graph graph = load<Llama>(model);
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration =
      read_calibration(model / "calibration.txt", *tokenizer, {.sequence_length = 256, .max_windows = 8});

  const SequentialThresholdOptions options{.ratio = 20, .split = {44, 52, 4}};
  const Plan greedy = Pruner<Perplexity, SequentialThreshold<>>(options).plan(graph, calibration);
  const Plan beam = Pruner<Perplexity, SequentialThreshold<Beam>>(options).plan(graph, calibration);
  std::printf("perplexity %.2f; 20 %% smaller: greedy %.2f, beam of three %.2f\n",
              perplexity(ModelView(graph), calibration.front()),
              perplexity(ModelView(graph, greedy), calibration.front()),
              perplexity(ModelView(graph, beam), calibration.front()));
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
