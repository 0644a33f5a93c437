// SPDX-License-Identifier: MIT
// How often a search with a confidence takes another candidate than exact search, by how much that one is worse, and
// how much work it saves: steps of a real search are measured once in full, and then raced with many seeds on the
// known costs. The first half of the steps removes blocks, the second narrows MLPs.
//
//   benchmark_racing MODEL TEXT [CONFIDENCE [WINDOWS [LENGTH [STEPS [SEEDS]]]]]

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "report.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/search/detail/counting_engine.hpp>
#include <multipruner/search/detail/counting_evaluator.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;

namespace {

/// Costs of plans by window, as Evaluators note them that measure one window at a time.
struct AllCosts final : CostMemory {
  std::map<std::vector<Index>, std::vector<double>> by_plan;

  static std::vector<Index> widths(const Plan& plan) {
    std::vector<Index> widths;
    for (Index i = 0; i < plan.num_blocks(); ++i) widths.push_back(plan.width(BlockId{i}));
    return widths;
  }
  [[nodiscard]] bool find(const CostKey&, std::span<double>) const override { return false; }
  void add(const CostKey& key, std::span<const double> costs) override {
    auto& known = by_plan[widths(*key.plan)];
    known.resize(std::max(known.size(), static_cast<std::size_t>(key.first_window) + costs.size()));
    std::ranges::copy(costs, known.begin() + key.first_window);
  }
};

/// The metric that looks costs up. Windows that were drawn at random are known by their tokens.
struct Known {
  static constexpr std::string_view name = "known";
  const AllCosts* costs = nullptr;
  const std::map<std::vector<TokenId>, std::size_t>* windows = nullptr;

  void window_costs(const ModelView& view, MatrixView<const float>, const WindowRange& range, std::span<double> out,
                    Workspace&) const {
    const std::vector<double>& known = costs->by_plan.at(AllCosts::widths(view.plan()));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto tokens = range.windows->window(range.first + static_cast<Index>(i));
      out[i] = known[windows->at({tokens.begin(), tokens.end()})];
    }
  }
  [[nodiscard]] double combine(const ModelView& v, std::span<const double> c) const {
    return Perplexity{}.combine(v, c);
  }
  [[nodiscard]] double lower_bound(const ModelView& v, std::span<const double> c, Index n) const {
    return Perplexity{}.lower_bound(v, c, n);
  }
  [[nodiscard]] double display(double cost) const { return cost; }
};

std::size_t cheapest(const std::vector<PlanCost>& costs) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < costs.size(); ++i) {
    if (costs[i].exact && (!costs[best].exact || costs[i].value < costs[best].value)) best = i;
  }
  return best;
}

/// All seeds of one step.
struct Races {
  Index different = 0, blocks_raced = 0, blocks_exact = 0;
  double excess = 0, worst_excess = 0;
};

Races race(const Graph& graph, const Calibration& calibration, const Known& known, const std::vector<Plan>& plans,
           const std::vector<PlanCost>& exact, double confidence, Index seeds) {
  using Counting = detail::CountingEvaluator;
  constexpr EvaluatorOptions alone{.rows_per_pass = 4096, .stream_bytes = Index{1} << 40, .reuse = false};
  Races races;
  const double least = exact[cheapest(exact)].value;
  Counting exactly({graph, calibration, known, alone});
  static_cast<void>(exactly.costs(plans, {.only_cheapest = true}));
  races.blocks_exact = seeds * exactly.statistics().blocks_run;
  for (Index seed = 0; seed < seeds; ++seed) {
    EvaluatorOptions options = alone;
    options.confidence = confidence;
    options.seed = static_cast<std::uint64_t>(seed);
    Counting racing({graph, calibration, known, options});
    const std::size_t winner = cheapest(racing.costs(plans, {.only_cheapest = true}));
    const double excess = exact[winner].value - least;
    races.different += excess > 0 ? 1 : 0;
    races.excess += excess;
    races.worst_excess = std::max(races.worst_excess, excess);
    races.blocks_raced += racing.statistics().blocks_run;
  }
  return races;
}

double number(int argc, char** argv, int i, double otherwise) {
  return i < argc ? std::stod(argv[i]) : otherwise;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3)
    return std::fputs("usage: benchmark_racing MODEL TEXT [CONFIDENCE [WINDOWS [LENGTH [STEPS [SEEDS]]]]]\n", stderr),
           2;
  const double confidence = number(argc, argv, 3, 0.95);
  const auto most_windows = static_cast<Index>(number(argc, argv, 4, 64));
  const auto length = static_cast<Index>(number(argc, argv, 5, 256));
  const auto steps = static_cast<Index>(number(argc, argv, 6, 8)),
             seeds = static_cast<Index>(number(argc, argv, 7, 200));

  const Graph dense = load<>(argv[1]);
  const auto tokenizer = load_tokenizer(argv[1]);
  const Graph graph = reorder(dense, order_units<L1>(dense));
  const TokenWindows windows = cut_windows(tokenizer->encode(read_text_dataset(argv[2]).text()),
                                           graph.config().vocab_size, {.length = length, .max_windows = most_windows});
  const Calibration calibration{{"text", windows}};
  std::map<std::vector<TokenId>, std::size_t> number_of_window;
  for (Index i = 0; i < windows.count(); ++i) {
    number_of_window[{windows.window(i).begin(), windows.window(i).end()}] = static_cast<std::size_t>(i);
  }
  AllCosts all;
  const Known known{&all, &number_of_window};
  Evaluator measure({graph, calibration, {}, {.rows_per_pass = length, .early_stop = false}, &all});
  const WidthReduction narrowing(graph.config(), GatedMlp::axes[0].name,
                                 default_group(graph.config(), GatedMlp::axes[0].name));

  std::printf("confidence %.3f, %lld windows of %lld tokens, %lld seeds a step\n", confidence,
              static_cast<long long>(windows.count()), static_cast<long long>(length), static_cast<long long>(seeds));
  std::printf("step  candidates  another choice  mean excess  worst excess  blocks against exact\n");
  Plan plan(graph);
  Races total;
  for (Index step = 0; step < steps; ++step) {
    const std::vector<Edit> edits = step < steps / 2 ? BlockRemoval{}.edits(plan) : narrowing.edits(plan);
    std::vector<Plan> plans;
    for (const Edit& edit : edits) plans.push_back(apply(edit, plan));
    const std::vector<PlanCost> exact = measure.costs(plans, {});
    const Races races = race(graph, calibration, known, plans, exact, confidence, seeds);
    const auto n = static_cast<double>(seeds);
    std::printf("%4lld  %10zu  %12.1f %%  %11.6f  %12.6f  %19.2f\n", static_cast<long long>(step), plans.size(),
                100 * static_cast<double>(races.different) / n, races.excess / n, races.worst_excess,
                static_cast<double>(races.blocks_raced) / static_cast<double>(races.blocks_exact));
    std::fflush(stdout);
    total.different += races.different;
    total.blocks_raced += races.blocks_raced;
    total.blocks_exact += races.blocks_exact;
    plan = plans[cheapest(exact)];
  }
  std::printf("all   another choice in %.2f %% of steps, %.2f of the block evaluations\n",
              100 * static_cast<double>(total.different) / static_cast<double>(seeds * steps),
              static_cast<double>(total.blocks_raced) / static_cast<double>(total.blocks_exact));
} catch (const Error& error) {
  return benchmark::report_failure(error);
}
