// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/interacting_objective.hpp>
#include <support/kept_costs.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>
#include <support/told_progress.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/multi_pruner_evol.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/lazy_greedy.hpp>

using namespace multipruner;
using namespace multipruner::test;

static_assert(PruningPolicy<MultiPrunerEvol<>>);
static_assert(PruningPolicy<MultiPrunerEvol<LazyGreedy>>);

namespace {

Graph model() {
  return load<Qwen2>(source_path("tests/data/arch/qwen2"));
}

/// More than a key/value group of that model, in percent.
constexpr double head_step = 4;

constexpr double target = 40;

MultiPrunerEvolOptions small_options() {
  return {.ratio = target, .evaluations = 120, .population = 20, .mlp_group = 8};
}

double ratio_of(const Graph& graph, const Plan& plan) {
  return pruning_ratio(graph.config(), plan);
}

/// One group of 8 channels of an MLP, in percent; the band's width.
double group_of(const Graph& graph) {
  Plan plan(graph);
  plan.set_width(mlp_of(0), graph.width(mlp_of(0)) - 8);
  return ratio_of(graph, plan);
}

Calibration small_calibration(const Graph& graph) {
  return {{std::string(block_samples), random_windows(graph, 3, 16)},
          {std::string(width_samples), random_windows(graph, 2, 16, 4)}};
}

void check_same(const PruningResult& a, const PruningResult& b) {
  CHECK(a.plan == b.plan);
  CHECK(a.ratio == b.ratio);
  REQUIRE(a.steps.size() == b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    CHECK(a.steps[i].search.edit == b.steps[i].search.edit);
    CHECK(a.steps[i].search.cost == b.steps[i].search.cost);
  }
  REQUIRE(a.front.size() == b.front.size());
  for (std::size_t i = 0; i < a.front.size(); ++i) {
    CHECK(a.front[i].plan == b.front[i].plan);
    CHECK(a.front[i].cost == b.front[i].cost);
    CHECK(a.front[i].ratio == b.front[i].ratio);
  }
}

}  // namespace

TEST_CASE("An evolved plan never costs more than the sequential one, and mostly less, of all on target the least") {
  const Graph graph = model();
  const double most = target + group_of(graph) * (1 + 1e-9);
  int better = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    for (const bool in_band : {false, true}) {
      CAPTURE(seed, in_band);
      Interacting objective(graph, seed);
      MultiPrunerEvolOptions options = small_options();
      options.in_band = in_band;
      const PruningResult result = MultiPrunerEvol<>(options).run({graph, objective});
      CHECK(result.outcome == SearchOutcome::reached);
      CHECK(result.ratio == ratio_of(graph, result.plan));
      CHECK(result.ratio >= target);
      CHECK(result.ratio <= most);
      const double cost = objective.cost_of(result.plan);
      REQUIRE_FALSE(objective.measured.empty());
      const Plan& sequential = objective.measured.front();
      CHECK(ratio_of(graph, sequential) >= target);
      CHECK(cost <= objective.cost_of(sequential));
      better += cost < objective.cost_of(sequential) ? 1 : 0;
      const auto is_cheaper_on_target = [&](const Plan& plan) {
        const double ratio = ratio_of(graph, plan);
        return ratio >= target && ratio <= most && objective.cost_of(plan) < cost;
      };
      CHECK(std::ranges::none_of(objective.measured, is_cheaper_on_target));
    }
  }
  CHECK(better >= 16);
}

TEST_CASE(
    "The plan that it begins with is that of the sequential variant with the same blocks, where heads are fine "
    "enough") {
  const Graph graph = model();
  const double first = target / 2, second = first + (target - first) * 52.0 / 56.0;
  for (unsigned seed = 0; seed < 5; ++seed) {
    Interacting objective(graph, seed), other(graph, seed);
    MultiPrunerEvolOptions options = small_options();
    options.mlp_group = 24;  // more than a head
    (void)MultiPrunerEvol<>(options).run({graph, objective});
    const SequentialThresholdOptions algorithm_1{.thresholds = StageThresholds{first, second, target}, .mlp_group = 24};
    REQUIRE_FALSE(objective.measured.empty());
    CHECK(objective.measured.front() == SequentialThreshold<>(algorithm_1).run({graph, other}).plan);
  }
}

TEST_CASE("Whole blocks are removed first, on their own windows; one step leads to the widths") {
  const Graph graph = model();
  Interacting objective(graph, 1);
  std::vector<PruningStep> told;
  const PruningResult result =
      MultiPrunerEvol<>(small_options()).run({.graph = graph, .objective = objective, .on_step = [&](const auto& step) {
                                                told.push_back(step);
                                              }});
  REQUIRE(result.steps.size() >= 2);
  REQUIRE(told.size() == result.steps.size());
  Plan plan(graph);
  double before = 0;
  for (std::size_t i = 0; i < result.steps.size(); ++i) {
    const PruningStep& step = result.steps[i];
    CHECK(told[i].search.edit == step.search.edit);
    const bool last = i + 1 == result.steps.size();
    CHECK(step.stage == (last ? "MLP channels and attention heads" : "blocks"));
    CHECK(step.samples == (last ? width_samples : block_samples));
    CHECK(step.search.candidates.empty() == last);
    if (!last) CHECK(before < target / 2);
    plan = apply(step.search.edit, plan);
    CHECK(step.search.ratio == ratio_of(graph, plan));
    CHECK(step.search.cost == objective.cost_of(plan));
    before = step.search.ratio;
  }
  CHECK(result.steps[result.steps.size() - 2].search.ratio >= target / 2);
  CHECK(plan == result.plan);
  CHECK(removals_of(result).size() == result.steps.size() - 1);
  CHECK(objective.samples.front() == block_samples);
  CHECK(objective.samples.back() == width_samples);

  Interacting widths_alone(graph, 1);
  MultiPrunerEvolOptions options = small_options();
  options.depth_share = 0;
  const PruningResult wide = MultiPrunerEvol<>(options).run({graph, widths_alone});
  CHECK(wide.plan.removed_blocks().empty());
  CHECK(wide.steps.size() == 1);
  CHECK(std::ranges::count(widths_alone.samples, block_samples) == 0);
}

TEST_CASE("The front is of all plans that were measured: none beats another, the largest model first") {
  const Graph graph = model();
  const bool in_band = GENERATE(false, true);
  Interacting objective(graph, 3);
  MultiPrunerEvolOptions options = small_options();
  options.in_band = in_band;
  options.depth_share = 0;
  const PruningResult result = MultiPrunerEvol<>(options).run({graph, objective});
  REQUIRE(result.front.size() > 5);
  for (std::size_t i = 0; i < result.front.size(); ++i) {
    const auto& [plan, cost, ratio] = result.front[i];
    CHECK(cost == objective.cost_of(plan));
    CHECK(ratio == ratio_of(graph, plan));
    if (i == 0) continue;
    CHECK(ratio > result.front[i - 1].ratio);
    CHECK(cost > result.front[i - 1].cost);
  }
  for (const Plan& plan : objective.measured) {
    const double cost = objective.cost_of(plan), ratio = ratio_of(graph, plan);
    CHECK(std::ranges::any_of(result.front, [&](const FrontPoint& p) { return p.cost <= cost && p.ratio >= ratio; }));
  }
}

TEST_CASE("No plan is measured twice on the width set, and no more than the options allow") {
  const Graph graph = model();
  Interacting objective(graph, 4);
  MultiPrunerEvolOptions options = small_options();
  options.evaluations = 33;
  (void)MultiPrunerEvol<>(options).run({graph, objective});
  const std::vector<Plan>& measured = objective.measured;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    CHECK(std::count(measured.begin(), measured.begin() + static_cast<long>(i), measured[i]) == 0);
  }
  const std::size_t table = 1 + 4 * 4 + 4;  // all MLPs at 1, 3, 5 and 10 groups, attention at 1
  CHECK(measured.size() <= 33 + table);
  CHECK(measured.size() >= 33);
}

TEST_CASE("Within the budget of all plans that there are, the cheapest on target is found, as by going through them") {
  const Graph graph = model();
  const MultiPrunerEvolOptions options{
      .ratio = target, .depth_share = 0.7, .evaluations = 5000, .population = 30, .mlp_group = 16};
  for (unsigned seed = 0; seed < 4; ++seed) {
    Interacting objective(graph, seed);
    const PruningResult result = MultiPrunerEvol<>(options).run({graph, objective});
    Plan start(graph);
    for (const BlockId block : result.plan.removed_blocks()) start.remove(block);
    std::vector<Plan> all{start};
    for (Index position = 0; position < start.num_blocks(); ++position) {
      const BlockId block{position};
      if (start.removed(block)) continue;
      const std::vector<Plan> before = all;
      const Index group = is_mlp(block) ? 16 : 24;
      for (Index width = start.width(block) - group; width > 0; width -= group) {
        for (Plan plan : before) {
          plan.set_width(block, width);
          all.push_back(plan);
        }
      }
    }
    REQUIRE(all.size() < 5000);
    const double most = target + 2 * group_of(graph) * (1 + 1e-9);
    double lowest = std::numeric_limits<double>::infinity();
    for (const Plan& plan : all) {
      const double ratio = ratio_of(graph, plan);
      if (ratio >= target && ratio <= most) lowest = std::min(lowest, objective.cost_of(plan));
    }
    CAPTURE(seed, all.size());
    CHECK(objective.cost_of(result.plan) == lowest);

    Interacting again(graph, seed);  // the budget of a tenth, for plans on target alone
    MultiPrunerEvolOptions banded = options;
    banded.evaluations = static_cast<Index>(all.size()) / 10;
    banded.in_band = true;
    const PruningResult on_target = MultiPrunerEvol<>(banded).run({graph, again});
    CHECK(again.cost_of(on_target.plan) == lowest);
  }
}

TEST_CASE("The same seed gives the same run, also as an AnyPolicy; another one measures other plans") {
  const Graph graph = model();
  const auto run = [&](const AnyPolicy& policy, std::uint64_t seed) {
    Interacting objective(graph, 5);
    PruningResult result = policy.run({.graph = graph, .objective = objective, .seed = seed});
    return std::pair(std::move(result), objective.measured);
  };
  const MultiPrunerEvol<> policy(small_options());
  const auto [first, measured] = run(policy, 7);
  const auto [again, measured_again] = run(policy, 7);
  check_same(first, again);
  CHECK(measured == measured_again);
  CHECK(run(policy, 8).second != measured);
}

TEST_CASE("A run on a model is the same for any number of threads, and after interruptions") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  const MultiPrunerEvol<LazyGreedy> policy({.ratio = 25, .evaluations = 30, .population = 10, .mlp_group = 16});
  const auto run = [&](int threads, CostMemory* memory) {
    return ThreadArena(threads).execute([&] {
      Evaluator evaluator({.graph = graph, .calibration = calibration, .memory = memory});
      return policy.run({graph, evaluator});
    });
  };
  Memory whole;
  const PruningResult one = run(1, &whole);
  CHECK(one.outcome == SearchOutcome::reached);
  CHECK(one.front.size() > 3);
  check_same(one, run(4, nullptr));

  Memory memory;
  int interruptions = 0;
  for (bool ended = false; !ended;) {
    memory.most = 25;
    try {
      check_same(one, run(2, &memory));
      ended = true;
    } catch (const std::runtime_error&) {
      ++interruptions;
    }
  }
  CHECK(interruptions >= 2);
  CHECK(memory.kept == whole.kept);
}

TEST_CASE("Blocks to keep stay as they are, whatever else must go") {
  const Graph graph = model();
  const ProtectedBlocks keep{mlp_of(1), attention_of(2)};
  Interacting objective(graph, 6);
  MultiPrunerEvolOptions options = small_options();
  options.keep = keep;
  const PruningResult result = MultiPrunerEvol<>(options).run({graph, objective});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.plan.removed_blocks().size() > 0);
  for (const Plan& plan : objective.measured) {
    for (const BlockId block : keep) CHECK(plan.width(block) == graph.width(block));
  }
  for (const BlockId block : keep) CHECK(result.plan.width(block) == graph.width(block));
}

TEST_CASE("Where only heads are left, the plan is still no dearer than the sequential one") {
  const Graph graph = model();
  Interacting objective(graph, 2);
  MultiPrunerEvolOptions options = small_options();
  options.ratio = 6;  // of which a head is more than half
  options.depth_share = 0;
  for (Index layer = 0; layer < 4; ++layer) options.keep.push_back(mlp_of(layer));
  const PruningResult result = MultiPrunerEvol<>(options).run({graph, objective});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= 6);
  CHECK(result.ratio < 6 + head_step);
  CHECK(objective.cost_of(result.plan) <= objective.cost_of(objective.measured.front()));
}

TEST_CASE("A target that is beyond all widths, or reached by blocks, is an outcome") {
  const Graph graph = model();
  Interacting objective(graph, 1);
  MultiPrunerEvolOptions options = small_options();
  options.ratio = 95;
  options.depth_share = 0.3;
  const PruningResult beyond = MultiPrunerEvol<>(options).run({graph, objective});
  CHECK(beyond.outcome == SearchOutcome::no_candidate);
  CHECK(beyond.ratio < 95);
  for (Index position = 0; position < beyond.plan.num_blocks(); ++position) {
    const BlockId block{position};
    if (!beyond.plan.removed(block)) CHECK(beyond.plan.width(block) == (is_mlp(block) ? 8 : 24));
  }
  CHECK(objective.measured.size() == 1);

  Interacting blocks(graph, 1);
  options.ratio = 2;  // less than a block
  options.depth_share = 0.5;
  const PruningResult reached = MultiPrunerEvol<>(options).run({graph, blocks});
  CHECK(reached.outcome == SearchOutcome::reached);
  CHECK(reached.steps.size() == 1);
  CHECK(reached.front.empty());
  CHECK(blocks.measured.empty());

  Interacting nothing(graph, 1);
  for (Index position = 0; position < Plan(graph).num_blocks(); ++position) options.keep.push_back({position});
  const PruningResult kept = MultiPrunerEvol<>(options).run({graph, nothing});
  CHECK(kept.outcome == SearchOutcome::no_candidate);
  CHECK(kept.plan == Plan(graph));
  CHECK(kept.steps.empty());
}

TEST_CASE("Plans that do not work are never taken") {
  const Graph graph = model();
  const auto run = [&](Interacting& objective) {
    MultiPrunerEvolOptions options = small_options();
    options.depth_share = 0;
    options.evaluations = 60;
    return MultiPrunerEvol<>(options).run({graph, objective});
  };
  Interacting narrow_middle(graph, 3);  // the first layers must stay, which random plans do not know
  narrow_middle.works = [&](const Plan& plan) { return plan.width(mlp_of(1)) == graph.width(mlp_of(1)); };
  const PruningResult found = run(narrow_middle);
  CHECK(found.outcome == SearchOutcome::reached);
  CHECK(found.plan.width(mlp_of(1)) == graph.width(mlp_of(1)));
  CHECK(std::isfinite(found.steps.back().search.cost));

  Interacting nothing(graph, 3);
  nothing.works = [&](const Plan& plan) { return plan == Plan(graph); };
  const PruningResult none = run(nothing);
  CHECK(none.outcome == SearchOutcome::no_finite_cost);
  CHECK(none.plan == Plan(graph));
  CHECK(none.steps.empty());
  CHECK(none.front.size() == 1);

  // Nothing that reaches the target works, until single steps are taken from the nearest plan below it.
  struct Last final : ProgressSink {
    void describe(std::string_view state) override { begun = begun || state.starts_with("widths, to the target"); }
    bool begun = false;
  } last;
  Interacting late(graph, 3);
  late.works = [&](const Plan& plan) { return ratio_of(graph, plan) < target || last.begun; };
  MultiPrunerEvolOptions options = small_options();
  options.evaluations = 60;
  const PruningResult at_last = MultiPrunerEvol<>(options).run({.graph = graph, .objective = late, .progress = last});
  CHECK(last.begun);
  CHECK(at_last.outcome == SearchOutcome::reached);
  CHECK(at_last.ratio >= target);
  CHECK(at_last.steps.back().search.cost == late.cost_of(at_last.plan));
}

TEST_CASE("A run tells how far it is: once begun, never back, with the generation and the best cost") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  Evaluator evaluator({.graph = graph, .calibration = calibration});
  Told told;
  const MultiPrunerEvol<> policy({.ratio = 25, .evaluations = 25, .population = 10, .mlp_group = 16});
  const PruningResult result = policy.run({.graph = graph, .objective = evaluator, .progress = told});
  CHECK(told.works == std::vector<std::string>{"pruning"});
  CHECK(std::ranges::is_sorted(told.reports));
  CHECK(told.reports.back() == told.units);
  const auto says = [&](const std::string& what) {
    return std::ranges::any_of(told.states, [&](const std::string& s) { return s.find(what) != std::string::npos; });
  };
  CHECK(says("blocks, step 0"));
  CHECK(says("MLP channels, a first plan: "));
  CHECK(says("widths, blocks one by one: "));
  for (const char* generation : {"1 of 3", "2 of 3", "3 of 3"}) CHECK(says("generation " + std::string(generation)));
  CHECK(says(", best "));
}

TEST_CASE("A forecast goes through a run") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  const MultiPrunerEvol<> policy({.ratio = 25, .evaluations = 40, .population = 10, .mlp_group = 16});
  const Forecast expected = forecast(policy, graph, calibration, {}, 0);
  CHECK(expected.ratio >= 25);
  CHECK(expected.work.plans > 40);
  CHECK(expected.seconds > 0);
}

TEST_CASE("Options that cannot work are refused before anything is measured") {
  const Graph graph = model();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [&](const std::function<void(MultiPrunerEvolOptions&)>& change, const std::string& name) {
    MultiPrunerEvolOptions options = small_options();
    change(options);
    Interacting objective(graph, 1);
    expect_error<OptionError>([&] { (void)MultiPrunerEvol<>(options).run({graph, objective}); }, {name});
    CHECK(objective.samples.empty());
  };
  using Options = MultiPrunerEvolOptions;
  for (const double wrong : {0.0, 100.0, -1.0, nan}) refuses([&](Options& o) { o.ratio = wrong; }, "ratio");
  for (const double wrong : {-0.1, 1.0, nan}) refuses([&](Options& o) { o.depth_share = wrong; }, "depth_share");
  refuses([](Options& o) { o.evaluations = 0; }, "evaluations");
  refuses([](Options& o) { o.population = 1; }, "population");
  refuses([](Options& o) { o.crossover_probability = 1.5; }, "crossover_probability");
  refuses([](Options& o) { o.mutation_probability = -1; }, "mutation_probability");
  refuses([](Options& o) { o.eta_crossover = -1; }, "eta_crossover");
  refuses([](Options& o) { o.eta_mutation = -1; }, "eta_mutation");
  refuses([](Options& o) { o.mlp_group = 0; }, "group");
  refuses([](Options& o) { o.attention_group = 8; }, "group");  // cuts through 3 heads of 8
  refuses([](Options& o) { o.keep = {mlp_of(4)}; }, "blocks to keep");

  struct Without final : Interacting {
    using Interacting::Interacting;
    void require_samples(std::string_view name) const override {
      if (name == width_samples) throw DataError("samples", "there are none", "Give some");
    }
  } without(graph, 1);
  CHECK_THROWS_AS(MultiPrunerEvol<>(small_options()).run({graph, without}), DataError);
  CHECK(without.samples.empty());
}
