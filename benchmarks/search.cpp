// SPDX-License-Identifier: MIT
// What cheaper searches cost in quality: MultiPruner's stages on one model and text, by exact greedy search and by
// others, each with what it evaluated, how long it took, and the loss of what it arrived at on the calibration text and
// on another one, relative to exact search.
//
//   benchmark_search MODEL TEXT HELD_OUT [WINDOWS [LENGTH [WAY ...]]]
//
// A way is KEY=VALUE,...: slack, every (a full step in so many), near, screen, finals, edits, tolerance of
// LazyGreedyOptions, and group, by how much larger the groups of MLP channels are until near the target. By default
// those of --search lazy and fast.

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/lazy_greedy.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;

namespace {

/// Counts what is asked for in whole evaluations of a plan on all windows.
class Counted final : public Objective {
 public:
  explicit Counted(Objective& objective) : objective_(objective) {}

  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    evaluations += static_cast<double>(plans.size()) * request.share;
    return objective_.costs(plans, request);
  }

  double evaluations = 0;

 private:
  Objective& objective_;
};

struct Way {
  std::string name;
  bool exact = false;
  LazyGreedyOptions options{};
  Index coarse = 1;
};

Way parse_way(const std::string& text) {
  Way way{.name = text};
  std::istringstream stream(text);
  for (std::string pair; std::getline(stream, pair, ',');) {
    const std::string key = pair.substr(0, pair.find('='));
    const double value = std::stod(pair.substr(pair.find('=') + 1));
    const auto count = static_cast<Index>(value);
    if (key == "slack") way.options.slack = value;
    if (key == "every") way.options.full_step_every = count;
    if (key == "near") way.options.neighbours = count;
    if (key == "screen") way.options.screen = value;
    if (key == "finals") way.options.finalists = count;
    if (key == "edits") way.options.most_edits = count;
    if (key == "tolerance") way.options.tolerance = value;
    if (key == "group") way.coarse = count;
  }
  return way;
}

struct Outcome {
  double evaluations = 0, seconds = 0, ratio = 0, loss = 0, held_out = 0;
  std::size_t steps = 0;
  Plan plan{};
};

struct Bench {
  Graph graph;
  Calibration calibration;
  TokenWindows held_out;

  [[nodiscard]] Outcome run(const Way& way, double ratio, Distribution split) const {
    const Index group = default_group(graph.config(), GatedMlp::axes[0].name);
    SequentialThresholdOptions options{.ratio = ratio, .split = split, .mlp_group = group * way.coarse};
    if (way.coarse > 1) options.finest_mlp_group = group;
    Evaluator evaluator({.graph = graph, .calibration = calibration, .options = {.least_parts = 8}});
    Counted counted(evaluator);
    const Stopwatch watch;
    const RunContext context{.graph = graph, .objective = counted};
    const PruningResult result = way.exact
                                     ? SequentialThreshold<>(options).run(context)
                                     : SequentialThreshold<LazyGreedy>(options, LazyGreedy(way.options)).run(context);
    Outcome outcome{.evaluations = counted.evaluations, .seconds = watch.seconds(), .ratio = result.ratio};
    outcome.steps = result.steps.size();
    outcome.plan = result.plan;
    const std::vector<Plan> plans{result.plan};
    outcome.loss = evaluator.costs(plans, {}).front().value;
    const Calibration other{{"held-out", held_out}};
    Evaluator judge({.graph = graph, .calibration = other});
    outcome.held_out = judge.costs(plans, {}).front().value;
    return outcome;
  }
};

Index number(int argc, char** argv, int i, Index otherwise) {
  return i < argc ? std::stol(argv[i]) : otherwise;
}

Bench make_bench(int argc, char** argv) {
  const Graph dense = load<>(argv[1]);
  const auto tokenizer = load_tokenizer(argv[1]);
  const auto windows = [&](const char* file) {
    return cut_windows(tokenizer->encode(read_text_dataset(file).text()), dense.config().vocab_size,
                       {.length = number(argc, argv, 5, 256), .max_windows = number(argc, argv, 4, 16)});
  };
  const TokenWindows text = windows(argv[2]);
  GatheredStatistics statistics(dense, text);
  const UnitOrder order = order_units(dense, OutputNorm(statistics.gather(OutputNorm::needs)));
  return {reorder(dense, order), Calibration{{std::string(block_samples), text}, {std::string(width_samples), text}},
          windows(argv[3])};
}

void print(const Way& way, const Outcome& it, const Outcome& exact) {
  const auto relative = [](double a, double b) { return 100 * (a / b - 1); };
  std::printf("  %-44s %5zu %9.1f  %5.3f  %7.2f  %5.3f  %6.2f %%  %8.5f %+7.2f %%  %8.5f %+7.2f %%  %s\n",
              way.name.c_str(), it.steps, it.evaluations, it.evaluations / exact.evaluations, it.seconds,
              it.seconds / exact.seconds, it.ratio, it.loss, relative(it.loss, exact.loss), it.held_out,
              relative(it.held_out, exact.held_out), it.plan == exact.plan ? "same plan" : "");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    return std::fputs("usage: benchmark_search MODEL TEXT HELD_OUT [WINDOWS [LENGTH [WAY ...]]]\n", stderr), 2;
  }
  const Bench bench = make_bench(argc, argv);
  std::vector<Way> ways;
  for (int i = 6; i < argc; ++i) ways.push_back(parse_way(argv[i]));
  if (ways.empty()) ways = {parse_way("slack=0.1"), parse_way("screen=0.25")};
  std::printf(
      "%lld windows\n  %-44s steps  evaluated   of 1  seconds   of 1     ratio  loss, of exact        held out, of "
      "exact\n",
      static_cast<long long>(bench.calibration.front().count()), "way");
  for (const Distribution& split : {Distribution{44, 52, 4}, Distribution{0, 96, 4}, Distribution{1, 0, 0}}) {
    for (const double ratio : {10.0, 20.0, 30.0}) {
      std::printf("%g:%g:%g, %g %%\n", split.depth, split.mlp_width, split.attention_width, ratio);
      const Way exactly{.name = "exact", .exact = true};
      const Outcome exact = bench.run(exactly, ratio, split);
      print(exactly, exact, exact);
      for (const Way& way : ways) print(way, bench.run(way, ratio, split), exact);
      std::fflush(stdout);
    }
  }
  return 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 1;
}
