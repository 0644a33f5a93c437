// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
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
#include <multipruner/policy/allocation.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/multi_pruner_evol.hpp>
#include <multipruner/policy/uniform.hpp>
#include <multipruner/pruner/take_turns.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/lazy_greedy.hpp>

using namespace multipruner;
using namespace multipruner::test;

static_assert(PruningPolicy<Allocation<>>);
static_assert(PruningPolicy<Allocation<LazyGreedy>>);

namespace {

constexpr double target = 30;

Graph model() {
  return load<Qwen2>(source_path("tests/data/arch/qwen2"));
}

AllocationOptions small_options() {
  return {.ratio = target, .evaluations = 150, .offspring = 12, .finalists = 3, .mlp_group = 8};
}

double ratio_of(const Graph& graph, const Plan& plan) {
  return pruning_ratio(graph.config(), plan);
}

/// The highest ratio on target: a group of MLP channels more, which is more than 0.1 percent of these models.
double highest_of(const Graph& graph, Index group, double lowest = target) {
  Plan plan(graph);
  plan.set_width(mlp_of(0), graph.width(mlp_of(0)) - group);
  return lowest + ratio_of(graph, plan) * (1 + 1e-9);
}

bool on_target(const Graph& graph, const Plan& plan, Index group = 8) {
  const double ratio = ratio_of(graph, plan);
  return ratio >= target && ratio <= highest_of(graph, group);
}

/// Groups of 8 channels that an MLP may lose, and of 24 that an attention block may.
Index most_groups(const Graph& graph, BlockId block, Index mlp_group) {
  return (graph.width(block) - 1) / (is_mlp(block) ? mlp_group : 24);
}

/// What the table measures.
std::size_t plans_in_table(const Graph& graph, Index mlp_group, Index levels) {
  Index plans = 1;
  for (Index position = 0; position < Plan(graph).num_blocks(); ++position) {
    plans += std::min(levels, most_groups(graph, {position}, mlp_group));
  }
  return static_cast<std::size_t>(plans);
}

/// All plans on target whose blocks are narrowed.
std::vector<Plan> all_on_target(const Graph& graph, Index mlp_group) {
  std::vector<Plan> all{Plan(graph)};
  for (Index position = 0; position < all.front().num_blocks(); ++position) {
    const BlockId block{position};
    const std::vector<Plan> before = all;
    const Index group = is_mlp(block) ? mlp_group : 24;
    for (Index groups = 1; groups <= most_groups(graph, block, mlp_group); ++groups) {
      for (Plan plan : before) {
        plan.set_width(block, graph.width(block) - groups * group);
        all.push_back(plan);
      }
    }
  }
  std::erase_if(all, [&](const Plan& plan) { return !on_target(graph, plan, mlp_group); });
  return all;
}

/// Every width of every block costs something, drawn at random: less is not always worse.
class Additive : public Objective {
 public:
  Additive(const Graph& graph, unsigned seed) : dense_(graph), random_(seed) {
    for (Index position = 0; position < dense_.num_blocks(); ++position) {
      for (Index width = 1; width < dense_.width({{position}, 0}); ++width) {
        added_[{position, width}] = random_.uniform() * static_cast<double>(dense_.width({{position}, 0}) - width);
      }
    }
  }

  [[nodiscard]] double cost_of(const Plan& plan) const {
    double cost = 1;
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      const auto added = added_.find({position, plan.width({{position}, 0})});
      if (added != added_.end()) cost += added->second;
    }
    return cost;
  }

  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest&) override {
    std::vector<PlanCost> costs;
    for (const Plan& plan : plans) costs.push_back({cost_of(plan)});
    return costs;
  }

 private:
  Plan dense_;
  NumpyRandom random_;
  std::map<std::pair<Index, Index>, double> added_;
};

Calibration small_calibration(const Graph& graph) {
  return {{std::string(block_samples), random_windows(graph, 3, 16)},
          {std::string(width_samples), random_windows(graph, 8, 12, 4)}};
}

void check_same(const PruningResult& a, const PruningResult& b) {
  CHECK(a.plan == b.plan);
  CHECK(a.ratio == b.ratio);
  REQUIRE(a.steps.size() == b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    CHECK(a.steps[i].search.edit == b.steps[i].search.edit);
    CHECK(a.steps[i].search.cost == b.steps[i].search.cost);
  }
}

}  // namespace

TEST_CASE("In turns, widths are chosen anew in what the turn before has left") {
  const AnyPolicy policy = Allocation<>(small_options());
  CHECK(policy.target() == target);
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 4, 12);
  const Calibration calibration{{"block", windows}, {"width", windows}};
  std::vector<double> ratios;
  TurnInputs inputs{.graph = graph, .calibration = calibration, .policy = policy, .every = 15};
  inputs.compensate = [&](const ModelView& pruned, const Turn&) -> std::optional<Graph> {
    ratios.push_back(pruning_ratio(graph.config(), pruned.plan()));
    return std::nullopt;
  };
  const TurnsTaken taken = take_turns(inputs);
  REQUIRE(ratios.size() == 2);
  CHECK(ratios[0] >= 15);
  CHECK(ratios[0] < 20);
  CHECK(ratios[1] >= target);
  CHECK(taken.result.steps.size() == 2);
  CHECK(MultiPrunerEvol<>({.ratio = 20}).until(12).target() == 12);
  CHECK(Allocation<>({.ratio = 20}).until(50).target() == 20);
}

TEST_CASE("Where costs add up and all widths are in the table, the cheapest plan on target is found at once") {
  const Graph graph = model();
  const std::vector<Plan> all = all_on_target(graph, 16);
  REQUIRE(all.size() > 500);
  for (unsigned seed = 0; seed < 6; ++seed) {
    CAPTURE(seed);
    Additive objective(graph, seed);
    const AllocationOptions options{.ratio = target, .levels = 20, .evaluations = 1, .mlp_group = 16};
    const PruningResult result = Allocation<>(options).run({graph, objective});
    double lowest = std::numeric_limits<double>::infinity();
    for (const Plan& plan : all) lowest = std::min(lowest, objective.cost_of(plan));
    CHECK(result.outcome == SearchOutcome::reached);
    CHECK(on_target(graph, result.plan, 16));
    CHECK(objective.cost_of(result.plan) == Approx(lowest).epsilon(1e-12));
  }
}

TEST_CASE("Where blocks depend on each other, switches make the sums' plan cheaper, mostly as cheap as can be") {
  const Graph graph = model();
  const std::vector<Plan> all = all_on_target(graph, 16);
  int better = 0, best = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    Interacting objective(graph, seed);
    AllocationOptions options = small_options();
    options.mlp_group = 16;
    options.levels = 3;
    const PruningResult result = Allocation<>(options).run({graph, objective});
    CHECK(result.outcome == SearchOutcome::reached);
    const std::size_t table = plans_in_table(graph, 16, 3);
    REQUIRE(objective.measured.size() > table);
    const Plan& of_sums = objective.measured[table];
    CHECK(on_target(graph, of_sums, 16));
    const double cost = objective.cost_of(result.plan);
    CHECK(cost <= objective.cost_of(of_sums));
    better += cost < objective.cost_of(of_sums) ? 1 : 0;
    double lowest = std::numeric_limits<double>::infinity();
    for (const Plan& plan : all) lowest = std::min(lowest, objective.cost_of(plan));
    best += cost == lowest ? 1 : 0;
    for (const Plan& plan : objective.measured) {
      if (on_target(graph, plan, 16)) CHECK(objective.cost_of(plan) >= cost);
    }
  }
  CHECK(better >= 10);
  CHECK(best >= 10);
}

TEST_CASE("A run has one step, from the model to widths on target, and no front") {
  const Graph graph = model();
  for (const double ratio : {3.0, 12.5, 50.0, 65.0}) {
    CAPTURE(ratio);
    Interacting objective(graph, 1);
    AllocationOptions options = small_options();
    options.ratio = ratio;
    std::vector<PruningStep> told;
    const PruningResult result = Allocation<>(options).run(
        {.graph = graph, .objective = objective, .on_step = [&](const auto& step) { told.push_back(step); }});
    REQUIRE(result.steps.size() == 1);
    REQUIRE(told.size() == 1);
    const PruningStep& step = result.steps.front();
    CHECK(told.front().search.edit == step.search.edit);
    CHECK(step.stage == "widths");
    CHECK(step.samples == width_samples);
    CHECK(step.search.candidates.empty());
    CHECK(step.search.ratio == result.ratio);
    CHECK(step.search.cost == objective.cost_of(result.plan));
    CHECK(apply(step.search.edit, Plan(graph)) == result.plan);
    CHECK(result.front.empty());
    CHECK(result.outcome == SearchOutcome::reached);
    CHECK(result.ratio == ratio_of(graph, result.plan));
    CHECK(result.ratio >= ratio);
    CHECK(result.ratio <= highest_of(graph, 8, ratio));
    CHECK(result.plan.removed_blocks().empty());
    for (const std::string& samples : objective.samples) CHECK(samples == width_samples);
  }
}

TEST_CASE("Blocks are measured one by one, evenly spread over what they can lose, before anything else") {
  const Graph graph = model();
  Interacting objective(graph, 1);
  AllocationOptions options = small_options();
  options.levels = 3;
  (void)Allocation<>(options).run({graph, objective});
  const Index most = most_groups(graph, mlp_of(0), 8);
  REQUIRE(most == 10);
  std::vector<Plan> table{Plan(graph)};
  for (Index position = 0; position < table.front().num_blocks(); ++position) {
    const BlockId block{position};
    const std::vector<Index> levels = is_mlp(block) ? std::vector<Index>{3, 7, 10} : std::vector<Index>{1};
    for (const Index groups : levels) {
      table.push_back(table.front());
      table.back().set_width(block, graph.width(block) - groups * (is_mlp(block) ? 8 : 24));
    }
  }
  REQUIRE(objective.measured.size() >= table.size());
  CHECK(std::equal(table.begin(), table.end(), objective.measured.begin()));
}

TEST_CASE("Of a round, some are measured on all windows: what looks cheapest beside the best plan so far") {
  const Graph graph = model();
  Interacting objective(graph, 2);
  AllocationOptions options = small_options();
  const PruningResult result = Allocation<>(options).run({graph, objective});
  REQUIRE(objective.estimated.size() > 3);
  std::size_t screened = 0;
  for (const std::vector<Plan>& batch : objective.estimated) {
    CHECK(batch.size() <= 12 + 1);
    CHECK(on_target(graph, batch.back()));  // the best plan so far
    CHECK(std::ranges::find(objective.measured, batch.back()) != objective.measured.end());
    for (const Plan& plan : batch) CHECK(on_target(graph, plan));
    screened += batch.size() - 1;
  }
  // The best plan so far becomes ever cheaper, and with each of them, others are compared once.
  std::vector<Plan> parents, compared;
  for (const std::vector<Plan>& batch : objective.estimated) {
    if (parents.empty() || batch.back() != parents.back()) {
      if (!parents.empty()) CHECK(objective.cost_of(batch.back()) < objective.cost_of(parents.back()));
      parents.push_back(batch.back());
      compared.clear();
    }
    for (std::size_t i = 0; i + 1 < batch.size(); ++i) {
      CHECK(std::ranges::find(compared, batch[i]) == compared.end());
      CHECK(batch[i] != batch.back());
      compared.push_back(batch[i]);
    }
  }
  CHECK(parents.size() > 2);
  CHECK(result.plan == parents.back());
  // Each of the finalists is measured once, whatever was screened more often.
  const std::size_t finalists = objective.measured.size() - plans_in_table(graph, 8, 6) - 2;
  CHECK(finalists <= 3 * objective.estimated.size());
  CHECK(static_cast<double>(finalists) * 0.75 + 0.25 * static_cast<double>(screened) <= 2 * 150.0);
  for (auto plan = objective.measured.begin(); plan != objective.measured.end(); ++plan) {
    CHECK(std::find(objective.measured.begin(), plan, *plan) == plan);
  }

  // Estimates that say the opposite of the truth cost plans, and nothing else.
  Interacting misled(graph, 2);
  misled.estimate = [](double cost, const Plan&) { return -cost; };
  const PruningResult other = Allocation<>(options).run({graph, misled});
  CHECK(misled.cost_of(other.plan) <= misled.cost_of(misled.measured[plans_in_table(graph, 8, 6)]));
  CHECK(objective.cost_of(result.plan) <= misled.cost_of(other.plan));

  Interacting whole(graph, 2);
  options.screen = 1;
  (void)Allocation<>(options).run({graph, whole});
  CHECK(whole.estimated.empty());
}

TEST_CASE("Switches take no more than the budget, counted in plans that are measured on all windows") {
  const Graph graph = model();
  for (const Index evaluations : {1, 2, 7, 40}) {
    for (const double screen : {0.1, 0.25, 0.3, 1.0}) {
      CAPTURE(evaluations, screen);
      Interacting objective(graph, 3);
      AllocationOptions options = small_options();
      options.evaluations = evaluations;
      options.screen = screen;
      (void)Allocation<>(options).run({graph, objective});
      double spent = 0;
      std::vector<Plan> seen;  // on a share of the windows
      for (const std::vector<Plan>& batch : objective.estimated) {
        for (std::size_t i = 0; i + 1 < batch.size(); ++i) {
          if (std::ranges::find(seen, batch[i]) != seen.end()) continue;
          seen.push_back(batch[i]);
          spent += screen;
        }
      }
      for (std::size_t i = plans_in_table(graph, 8, 6) + 2; i < objective.measured.size(); ++i) {
        const bool known = std::ranges::find(seen, objective.measured[i]) != seen.end();
        spent += known ? 1 - screen : 1;
      }
      CHECK(spent <= static_cast<double>(evaluations) + 1e-6);
      CHECK(spent > 0.5);
    }
  }
}

TEST_CASE("Whole blocks go first where they have a share") {
  const Graph graph = model();
  Interacting objective(graph, 4);
  AllocationOptions options = small_options();
  options.ratio = 40;
  options.depth_share = 0.5;
  const PruningResult result = Allocation<>(options).run({graph, objective});
  REQUIRE(result.steps.size() >= 2);
  CHECK(result.steps.front().stage == "blocks");
  CHECK(result.steps.front().samples == block_samples);
  CHECK(result.steps.back().stage == "widths");
  CHECK(result.steps[result.steps.size() - 2].search.ratio >= 20);
  CHECK(removals_of(result).size() == result.steps.size() - 1);
  CHECK(result.ratio >= 40);
  CHECK(result.ratio <= highest_of(graph, 8, 40));
}

TEST_CASE("Blocks to keep are as wide as they were in all plans") {
  const Graph graph = model();
  const ProtectedBlocks keep{mlp_of(1), attention_of(2)};
  Interacting objective(graph, 6);
  AllocationOptions options = small_options();
  options.keep = keep;
  const PruningResult result = Allocation<>(options).run({graph, objective});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(on_target(graph, result.plan));
  for (const Plan& plan : objective.measured) {
    for (const BlockId block : keep) CHECK(plan.width(block) == graph.width(block));
  }
}

TEST_CASE("One seed makes one run, also of an AnyPolicy; another one draws other plans") {
  const Graph graph = model();
  const auto run = [&](const AnyPolicy& policy, std::uint64_t seed) {
    Interacting objective(graph, 5);
    PruningResult result = policy.run({.graph = graph, .objective = objective, .seed = seed});
    return std::pair(std::move(result), objective.estimated);
  };
  const Allocation<> policy(small_options());
  const auto [first, estimated] = run(policy, 7);
  const auto [again, estimated_again] = run(policy, 7);
  check_same(first, again);
  CHECK(estimated == estimated_again);
  CHECK(run(policy, 8).second != estimated);
}

TEST_CASE("An allocation for a model is the same for any number of threads, and after interruptions") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  const Allocation<> policy({.ratio = 25, .levels = 3, .evaluations = 30, .offspring = 10, .mlp_group = 16});
  const auto run = [&](int threads, CostMemory* memory) {
    return ThreadArena(threads).execute([&] {
      Evaluator evaluator(
          {.graph = graph, .calibration = calibration, .options = {.least_parts = 4}, .memory = memory});
      return policy.run({graph, evaluator});
    });
  };
  Memory whole;
  const PruningResult one = run(1, &whole);
  CHECK(one.outcome == SearchOutcome::reached);
  check_same(one, run(4, nullptr));

  Memory memory;
  int interruptions = 0;
  for (bool ended = false; !ended;) {
    memory.most = 60;
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

TEST_CASE("An allocation costs a model no more than to narrow all blocks alike") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  for (const double ratio : {12.0, 30.0, 45.0}) {
    CAPTURE(ratio);
    Evaluator evaluator({.graph = graph, .calibration = calibration, .options = {.least_parts = 4}});
    const Allocation<> policy({.ratio = ratio, .evaluations = 60, .mlp_group = 8});
    const PruningResult result = policy.run({graph, evaluator});
    const PruningResult alike = Uniform({.ratio = ratio, .mlp_group = 8}).run({graph, evaluator});
    const std::vector<PlanCost> costs =
        evaluator.costs(std::vector<Plan>{result.plan, alike.plan}, {.samples = width_samples});
    CHECK(costs[0].value == result.steps.back().search.cost);
    CHECK(costs[0].value <= costs[1].value);
  }
}

TEST_CASE("A target beyond all widths, or where only heads are left, or nothing, is an outcome of an allocation") {
  const Graph graph = model();
  Interacting objective(graph, 1);
  AllocationOptions options = small_options();
  options.ratio = 95;
  const PruningResult beyond = Allocation<>(options).run({graph, objective});
  CHECK(beyond.outcome == SearchOutcome::no_candidate);
  for (Index position = 0; position < beyond.plan.num_blocks(); ++position) {
    CHECK(beyond.plan.width({{position}, 0}) == (is_mlp({position}) ? 8 : 24));
  }
  CHECK(objective.measured.size() == 1);

  Interacting blocks(graph, 1);
  options.ratio = 2;  // less than a block
  options.depth_share = 0.5;
  const PruningResult reached = Allocation<>(options).run({graph, blocks});
  CHECK(reached.outcome == SearchOutcome::reached);
  CHECK(reached.steps.size() == 1);
  CHECK(blocks.measured.empty());

  options = small_options();
  options.ratio = 6;
  for (Index layer = 0; layer < 4; ++layer) options.keep.push_back(mlp_of(layer));
  Interacting only_heads(graph, 2);  // of which single ones lead beyond 0.1 percent more
  const PruningResult heads = Allocation<>(options).run({graph, only_heads});
  CHECK(heads.outcome == SearchOutcome::reached);
  CHECK(heads.ratio >= 6);
  CHECK(heads.ratio < 6 + 4);
  only_heads.works = [&](const Plan& plan) { return plan != heads.plan; };  // which switches have to leave
  double cheapest_other = std::numeric_limits<double>::infinity();
  for (unsigned taken = 0; taken < 16; ++taken) {
    Plan plan(graph);
    for (Index layer = 0; layer < 4; ++layer) {
      if ((taken >> layer & 1U) != 0) plan.set_width(attention_of(layer), 24);
    }
    if (ratio_of(graph, plan) != heads.ratio || plan == heads.plan) continue;
    cheapest_other = std::min(cheapest_other, only_heads.cost_of(plan));
  }
  CHECK(heads.steps.back().search.cost <= cheapest_other);
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const PruningResult other = Allocation<>(options).run({.graph = graph, .objective = only_heads, .seed = seed});
    CHECK(other.steps.back().search.cost == cheapest_other);
  }

  Interacting nothing(graph, 1);
  for (Index layer = 0; layer < 4; ++layer) options.keep.push_back(attention_of(layer));
  const PruningResult kept = Allocation<>(options).run({graph, nothing});
  CHECK(kept.outcome == SearchOutcome::no_candidate);
  CHECK(kept.plan == Plan(graph));
  CHECK(kept.steps.empty());
}

TEST_CASE("Widths that do not work are never allocated") {
  const Graph graph = model();
  Interacting middle(graph, 3);  // one MLP must stay, which the table finds
  middle.works = [&](const Plan& plan) { return plan.width(mlp_of(1)) == graph.width(mlp_of(1)); };
  const PruningResult found = Allocation<>(small_options()).run({graph, middle});
  CHECK(found.outcome == SearchOutcome::reached);
  CHECK(found.plan.width(mlp_of(1)) == graph.width(mlp_of(1)));
  CHECK(std::isfinite(found.steps.back().search.cost));

  Interacting together(graph, 3);  // two MLPs must not both be narrow, which the table does not show
  together.works = [&](const Plan& plan) {
    return plan.width(mlp_of(0)) > graph.width(mlp_of(0)) - 16 || plan.width(mlp_of(3)) > graph.width(mlp_of(3)) - 16;
  };
  const PruningResult apart = Allocation<>(small_options()).run({graph, together});
  CHECK(apart.outcome == SearchOutcome::reached);
  CHECK(std::isfinite(apart.steps.back().search.cost));

  Interacting none(graph, 3);
  none.works = [&](const Plan& plan) { return plan == Plan(graph); };
  const PruningResult left = Allocation<>(small_options()).run({graph, none});
  CHECK(left.outcome == SearchOutcome::no_finite_cost);
  CHECK(left.plan == Plan(graph));
  CHECK(left.steps.empty());
}

TEST_CASE("An allocation tells how far it is: never back, with the round, the step and the best cost") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  Evaluator evaluator({.graph = graph, .calibration = calibration, .options = {.least_parts = 4}});
  Told told;
  const Allocation<> policy({.ratio = 25, .levels = 3, .evaluations = 40, .step = 2, .mlp_group = 16});
  (void)policy.run({.graph = graph, .objective = evaluator, .progress = told});
  CHECK(told.works == std::vector<std::string>{"pruning"});
  CHECK(std::ranges::is_sorted(told.reports));
  CHECK(told.reports.size() > 5);
  CHECK(told.reports.back() == told.units);
  const auto says = [&](const std::string& what) {
    return std::ranges::any_of(told.states, [&](const std::string& s) { return s.find(what) != std::string::npos; });
  };
  CHECK(says("widths, blocks one by one: "));
  CHECK(says("widths, the first plans: "));
  CHECK(says("widths, round 1, 2 groups: "));
  CHECK(says("1 group: "));
  CHECK(says(", best "));
}

TEST_CASE("A forecast goes through an allocation") {
  const Graph graph = model();
  const Calibration calibration = small_calibration(graph);
  const Allocation<> policy({.ratio = 25, .evaluations = 40, .mlp_group = 16});
  const Forecast expected = forecast(policy, graph, calibration, {.least_parts = 4}, 0);
  CHECK(expected.ratio >= 25);
  CHECK(static_cast<double>(expected.work.plans) + expected.work.estimated_plans > 40);
  CHECK(expected.steps == 1);
}

TEST_CASE("Options of an allocation that cannot work are refused before anything is measured") {
  const Graph graph = model();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [&](const std::function<void(AllocationOptions&)>& change, const std::string& name) {
    AllocationOptions options = small_options();
    change(options);
    Interacting objective(graph, 1);
    expect_error<OptionError>([&] { (void)Allocation<>(options).run({graph, objective}); }, {name});
    CHECK(objective.samples.empty());
  };
  using Options = AllocationOptions;
  for (const double wrong : {0.0, 100.0, -1.0, nan}) refuses([&](Options& o) { o.ratio = wrong; }, "ratio");
  for (const double wrong : {-0.1, 1.0, nan}) refuses([&](Options& o) { o.depth_share = wrong; }, "depth_share");
  for (const double wrong : {0.0, -1.0, 1.5, nan}) refuses([&](Options& o) { o.screen = wrong; }, "screen");
  refuses([](Options& o) { o.levels = 0; }, "levels");
  refuses([](Options& o) { o.evaluations = 0; }, "evaluations");
  refuses([](Options& o) { o.step = 0; }, "step");
  refuses([](Options& o) { o.offspring = 0; }, "offspring");
  refuses([](Options& o) { o.finalists = -1; }, "finalists");
  refuses([](Options& o) { o.rounds = 0; }, "rounds");
  refuses([](Options& o) { o.mlp_group = 0; }, "group");
  refuses([](Options& o) { o.attention_group = 8; }, "group");  // cuts through 3 heads of 8
  refuses([](Options& o) { o.keep = {mlp_of(4)}; }, "blocks to keep");

  struct Without final : Interacting {
    using Interacting::Interacting;
    void require_samples(std::string_view name) const override {
      if (name == missing) throw DataError("samples", "there are none", "Give some");
    }
    std::string missing;
  } without(graph, 1);
  without.missing = width_samples;
  CHECK_THROWS_AS(Allocation<>(small_options()).run({graph, without}), DataError);
  without.missing = block_samples;  // which nobody asks for where no blocks go
  AllocationOptions with_blocks = small_options();
  with_blocks.depth_share = 0.3;
  CHECK_THROWS_AS(Allocation<>(with_blocks).run({graph, without}), DataError);
  CHECK(without.samples.empty());
  CHECK_NOTHROW((void)Allocation<>(small_options()).run({graph, without}));
}
