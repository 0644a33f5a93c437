// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <map>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/search/greedy.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Qwen2>(test::source_path("tests/data/arch/qwen2"));
}

/// Costs that are easy to follow: a plan costs the weighted sum of what it removes, later layers being cheaper.
class LinearObjective final : public Objective {
 public:
  explicit LinearObjective(const ModelConfig& config) : dense_(config) {}

  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    ++batches[std::string(request.samples)];
    std::vector<PlanCost> costs;
    for (const Plan& plan : plans) {
      double cost = 0;
      for (Index position = 0; position < plan.num_blocks(); ++position) {
        const BlockId block{position};
        const double removed = static_cast<double>(dense_.width(block) - plan.width(block));
        cost += removed * static_cast<double>(plan.num_blocks() - position);
      }
      costs.push_back({cost});
    }
    return costs;
  }

  std::map<std::string, Index, std::less<>> batches;

 private:
  Plan dense_;
};

PruningResult run(SequentialThresholdOptions options, LinearObjective& objective, const Graph& graph) {
  return SequentialThreshold<Greedy>(std::move(options)).run({graph, objective});
}

using Names = std::vector<std::string>;

/// Removes a block and tells of no step.
struct Silent {
  template <SearchSpace Space>
  SearchResult search(const Space&, Plan start, const SearchProblem&) const {
    start.remove(mlp_of(2));
    return {start, {}, SearchOutcome::reached};
  }
};

Names stages(const PruningResult& result) {
  Names stages;
  for (const PruningStep& step : result.steps) {
    if (stages.empty() || stages.back() != step.stage) stages.push_back(step.stage);
  }
  return stages;
}

}  // namespace

TEST_CASE("stages follow each other, each going on from the overshoot of the one before") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const PruningResult result = run({.ratio = 40, .split = {40, 40, 20}, .mlp_group = 8}, objective, graph);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(stages(result) == Names{"blocks", "MLP channels", "attention heads"});
  CHECK(result.ratio >= 40);
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
  double before = 0;
  for (const PruningStep& step : result.steps) {
    const double threshold = step.stage == "blocks" ? 16 : step.stage == "MLP channels" ? 32 : 40;
    CHECK(before < threshold);
    CHECK(step.search.ratio > before);
    const auto& candidates = step.search.candidates;
    CHECK(std::ranges::all_of(candidates, [&](const Candidate& c) { return c.cost.value >= step.search.cost; }));
    before = step.search.ratio;
  }
  CHECK(objective.batches["block"] == std::ranges::count(result.steps, "blocks", &PruningStep::stage));
  CHECK(objective.batches["width"] ==
        std::ranges::count_if(result.steps, [](const PruningStep& s) { return s.stage != "blocks"; }));
}

TEST_CASE("a share of zero skips its stage, whichever it is") {
  const Graph graph = model();
  const Distribution split = GENERATE(Distribution{1, 0, 0}, Distribution{0, 1, 0}, Distribution{0, 0, 1});
  LinearObjective objective(graph.config());
  const PruningResult result = run({.ratio = 5, .split = split}, objective, graph);
  REQUIRE(stages(result).size() == 1);
  CHECK(stages(result)[0] == (split.depth > 0 ? "blocks" : split.mlp_width > 0 ? "MLP channels" : "attention heads"));
  CHECK(result.ratio >= 5);
}

TEST_CASE("a target that cannot be reached is a result, with the state that was reached") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const PruningResult heads = run({.ratio = 50, .split = {0, 0, 1}}, objective, graph);
  CHECK(heads.outcome == SearchOutcome::no_candidate);
  CHECK(heads.ratio > 0);
  CHECK(heads.ratio < 50);
  CHECK(heads.plan.width(attention_of(0)) == graph.unit_width(attention_of(0)));
  const PruningResult blocks = run({.ratio = 99, .split = {1, 0, 0}}, objective, graph);
  CHECK(blocks.outcome == SearchOutcome::no_candidate);
  CHECK(blocks.plan.removed_blocks().size() == 8);
}

TEST_CASE("with costs per parameter, a step takes what costs least for what it removes") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  SequentialThresholdOptions options{.ratio = 25, .mlp_group = 4, .rule = CostRule::cost_per_removed};
  options.stages = {{.removes = {{}, {"MLP channels"}, {"attention heads"}}}};
  const PruningResult result = run(options, objective, graph);
  CHECK(result.ratio >= 25);
  Plan plan(graph);
  for (const PruningStep& step : result.steps) {
    const double cost = objective.costs(std::vector{plan}, {}).front().value;
    const double ratio = pruning_ratio(graph.config(), plan);
    double least = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : step.search.candidates) {
      const double gain = pruning_ratio(graph.config(), apply(candidate.edit, plan)) - ratio;
      const double per_parameter = (candidate.cost.value - cost) / gain;
      least = std::min(least, per_parameter);
    }
    const Plan next = apply(step.search.edit, plan);
    const double gain = pruning_ratio(graph.config(), next) - ratio;
    CHECK((step.search.cost - cost) / gain <= least * (1 + 1e-9));  // of those as good, rounding decides
    plan = apply(step.search.edit, std::move(plan));
  }
  options.rule = CostRule::cost;
  CHECK_FALSE(run(options, objective, graph).plan == result.plan);
  options.rule = CostRule::cost_per_removed;
  options.score = [](double cost, const Plan&) { return cost; };
  expect_error<OptionError>([&] { (void)run(options, objective, graph); }, {"rule", "score"});
}

TEST_CASE("a target may be of something else than parameters; steps tell parameters all the same") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  // Of 8 blocks, however large they are.
  const auto blocks_gone = [](const Plan& plan) { return 12.5 * static_cast<double>(plan.removed_blocks().size()); };
  SequentialThresholdOptions options{.ratio = 30, .split = {1, 0, 0}, .ratio_of = blocks_gone};
  const PruningResult result = run(options, objective, graph);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.plan.removed_blocks().size() == 3);
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
  Plan plan(graph);
  for (const PruningStep& step : result.steps) {
    plan = apply(step.search.edit, std::move(plan));
    CHECK(step.search.ratio == pruning_ratio(graph.config(), plan));
  }
  options.never_past = true;
  CHECK(run(options, objective, graph).plan.removed_blocks().size() == 2);
}

TEST_CASE("a cost rule may count something else than parameters") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  SequentialThresholdOptions options{.ratio = 10, .mlp_group = 4, .rule = CostRule::cost_per_removed};
  options.stages = {{.removes = {{}, {"MLP channels"}}}};
  const auto mlps_gone = [&](const Plan& plan) {  // only whole MLPs count
    double gone = 0;
    for (Index layer = 0; layer < 4; ++layer) gone += plan.removed(mlp_of(layer)) ? 25 : 0;
    return gone;
  };
  options.removed_by_rule = mlps_gone;
  for (const PruningStep& step : run(options, objective, graph).steps) {
    CHECK(graph.spec(step.search.edit.front().block).is<GatedMlp>());
    CHECK(step.search.edit.front().choice == Choice{});
  }
}

TEST_CASE("what a stage cannot remove the others do, unless they are strict") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const SequentialThresholdOptions options{.ratio = 60, .split = {0, 40, 60}, .mlp_group = 2};
  const PruningResult result = run(options, objective, graph);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= 60);
  CHECK(stages(result) == Names{"MLP channels", "attention heads", "MLP channels"});
  SequentialThresholdOptions strict = options;
  strict.strict = true;
  const PruningResult less = run(strict, objective, graph);
  CHECK(less.outcome == SearchOutcome::no_candidate);
  CHECK(less.ratio < 60);
  CHECK(stages(less) == Names{"MLP channels", "attention heads"});
  const PruningResult limits = run({.thresholds = StageThresholds{{}, 24, 60}, .mlp_group = 2}, objective, graph);
  CHECK(limits.plan == less.plan);
}

TEST_CASE("groups become smaller near the end of a stage, which is passed by the smallest one at most") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const SequentialThresholdOptions options{.ratio = 21, .split = {0, 1, 0}, .mlp_group = 16, .finest_mlp_group = 2};
  const PruningResult result = run(options, objective, graph);
  const auto gain = [&](std::size_t step) {
    return result.steps[step].search.ratio - (step == 0 ? 0 : result.steps[step - 1].search.ratio);
  };
  CHECK(gain(0) == Approx(8 * gain(result.steps.size() - 1)));
  for (std::size_t i = 1; i < result.steps.size(); ++i) CHECK(gain(i) <= gain(i - 1) * (1 + 1e-9));
  CHECK(result.ratio >= 21);
  CHECK(result.ratio - 21 <= gain(result.steps.size() - 1));
  expect_error<OptionError>(
      [&] {
        (void)run({.ratio = 21, .split = {0, 1, 0}, .mlp_group = 16, .finest_mlp_group = 5}, objective, graph);
      },
      {"MLP channels", "5", "16"});
}

TEST_CASE("a target that is never to be passed is missed by one unit at most") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const double ratio = GENERATE(7.0, 20.0, 33.3);
  const SequentialThresholdOptions options{
      .ratio = ratio, .split = {40, 50, 10}, .mlp_group = 16, .finest_mlp_group = 1, .never_past = true};
  const PruningResult result = run(options, objective, graph);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio <= ratio);
  Plan narrower = result.plan;
  double smallest = 100;
  for (Index position = 0; position < narrower.num_blocks(); ++position) {
    if (!is_mlp({position}) || narrower.width({{position}}) < 2) continue;
    Plan one_less = narrower;
    one_less.set_width({{position}}, narrower.width({{position}}) - 1);
    smallest = std::min(smallest, pruning_ratio(graph.config(), one_less));
  }
  CHECK(smallest > ratio);  // not even one channel more would do
}

TEST_CASE("explicit thresholds take the place of ratio and shares") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const PruningResult result =
      run({.thresholds = StageThresholds{.depth = 10, .mlp_width = {}, .attention_width = 20}}, objective, graph);
  CHECK(stages(result) == Names{"blocks", "attention heads"});
  CHECK(result.ratio >= 20);
  CHECK_THROWS_AS(run({.thresholds = StageThresholds{}}, objective, graph), OptionError);
  CHECK_THROWS_AS(run({.thresholds = StageThresholds{.depth = 120}}, objective, graph), OptionError);
}

TEST_CASE("stages run in any order, and several sorts of candidates can be compared in one") {
  const Graph graph = model();
  const StageSelector blocks{}, channels{"MLP channels", 8}, heads{"attention heads"};
  using Order = std::vector<std::vector<StageSelector>>;
  const Order order = GENERATE_COPY(
      Order{{blocks}, {channels}, {heads}}, Order{{blocks}, {heads}, {channels}}, Order{{channels}, {blocks}, {heads}},
      Order{{channels}, {heads}, {blocks}}, Order{{heads}, {blocks}, {channels}}, Order{{heads}, {channels}, {blocks}},
      Order{{blocks, channels}, {heads}}, Order{{heads}, {blocks, channels}}, Order{{blocks, heads}, {channels}},
      Order{{channels}, {blocks, heads}}, Order{{channels, heads}, {blocks}}, Order{{blocks}, {channels, heads}},
      Order{{blocks, channels, heads}});
  std::vector<PruningStage> given;
  Names names;
  for (const auto& removes : order) {
    given.push_back({.removes = removes, .share = 10});
    names.push_back(name_of(given.back()));
  }
  LinearObjective objective(graph.config());
  const PruningResult result = run({.ratio = 12, .stages = given}, objective, graph);
  CHECK(result.outcome == SearchOutcome::reached);
  const Names taken = stages(result);
  CHECK(taken.front() == names.front());
  std::size_t next = 0;  // one that overshoots may leave nothing to a later one
  for (const std::string& name : names) next += next < taken.size() && taken[next] == name ? 1 : 0;
  CHECK(next == taken.size());
  Index on_blocks = 0;  // stages that remove blocks judge on the windows for those unless told otherwise
  for (const PruningStep& step : result.steps) on_blocks += step.samples == block_samples ? 1 : 0;
  CHECK(objective.batches["block"] == on_blocks);
  CHECK(on_blocks ==
        std::ranges::count_if(result.steps, [](const PruningStep& s) { return s.stage.starts_with("blocks"); }));
  for (const PruningStep& step : result.steps) {
    const auto stage = static_cast<std::size_t>(std::ranges::find(names, step.stage) - names.begin());
    const auto has = [&](const auto& is_of) { return std::ranges::any_of(step.search.candidates, is_of); };
    const auto of = [&](const StageSelector& selector) {
      return std::ranges::find(order[stage], selector) != order[stage].end();
    };
    CHECK(has([](const Candidate& c) { return c.edit.front().choice == Choice{}; }) == of(blocks));
    CHECK(has([](const Candidate& c) { return is_mlp(c.edit.front().block) && c.edit.front().choice != Choice{}; }) ==
          of(channels));
    CHECK(has([](const Candidate& c) { return !is_mlp(c.edit.front().block) && c.edit.front().choice != Choice{}; }) ==
          of(heads));
  }
}

TEST_CASE("a stage judges on the windows that it names, by the score that is given") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const SequentialThresholdOptions options{
      .ratio = 8, .stages = {{.removes = {{"MLP channels", 8}}, .samples = "c4"}, {.removes = {{"attention heads"}}}}};
  const PruningResult result = run(options, objective, graph);
  for (const PruningStep& step : result.steps) CHECK(step.samples == (step.stage == "MLP channels" ? "c4" : "width"));
  CHECK(objective.batches["c4"] > 0);
  CHECK_FALSE(objective.batches.contains("block"));

  SequentialThresholdOptions dearest = options;  // the first layers first
  dearest.score = [](double cost, const Plan& plan) { return cost - 1e6 * double(plan.width(mlp_of(3))); };
  const PruningResult other = run(dearest, objective, graph);
  CHECK(other.plan.width(mlp_of(3)) == graph.width(mlp_of(3)));
  CHECK(result.plan.width(mlp_of(3)) < graph.width(mlp_of(3)));
}

TEST_CASE("shares of stages become ratios at which they end, the last one at the target") {
  const PruningStage heads{.removes = {{"attention heads"}}, .share = 1}, blocks{.removes = {{}}, .share = 3};
  std::vector<PruningStage> ends = stages_of({.ratio = 20, .stages = {heads, blocks}});
  CHECK(ends[0].until == 5);
  CHECK(ends[1].until == 20);
  PruningStage skipped = blocks;
  skipped.share = 0;
  ends = stages_of({.ratio = 20, .stages = {skipped, heads}});
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].removes == heads.removes);
  PruningStage until = blocks;
  until.until = 7;
  CHECK(stages_of({.ratio = 20, .stages = {until, heads}})[0].until == 7);
  CHECK(stages_of({.mlp_group = 24, .stages = {{.removes = {{"MLP channels"}}}}})[0].removes[0].group == 24);

  CHECK_THROWS_AS(stages_of({.stages = {skipped}}), OptionError);
  CHECK_THROWS_AS(stages_of({.stages = {{.removes = {{}}, .share = -1}, heads}}), OptionError);
  CHECK_THROWS_AS(stages_of({.stages = {{.share = 1}}}), OptionError);
  CHECK_THROWS_AS(stages_of({.ratio = 120, .stages = {heads}}), OptionError);
  CHECK(stages_of({.ratio = 30, .stages = {heads, blocks, skipped}}).back().until == 30);
  until.until = 100;
  CHECK_THROWS_AS(stages_of({.stages = {until}}), OptionError);
}

TEST_CASE("an axis that no block has is refused by its name") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  CHECK_THROWS_WITH(run({.stages = {{.removes = {{"MLP chanels"}}}}}, objective, graph),
                    Catch::Contains("MLP chanels") && Catch::Contains("no axis"));
}

TEST_CASE("options that cannot work are refused before anything is scored") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  CHECK_THROWS_AS(run({.ratio = 0}, objective, graph), OptionError);
  CHECK_THROWS_AS(run({.ratio = 100}, objective, graph), OptionError);
  CHECK_THROWS_AS(run({.mlp_group = 0}, objective, graph), OptionError);
  CHECK_THROWS_AS(run({.attention_group = 8}, objective, graph), OptionError);  // cuts through a group of 3 heads of 8
  CHECK(objective.batches.empty());
}

TEST_CASE("a plan that a strategy returns counts, not the moves it reports") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const PruningResult result = SequentialThreshold<Silent>({.ratio = 5, .split = {1, 0, 0}}).run({graph, objective});
  CHECK(result.plan.removed(mlp_of(2)));
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
}

TEST_CASE("default groups are those of the paper for its models, and fit small ones") {
  DecoderConfig config;
  config.vocab_size = config.hidden_size = config.num_hidden_layers = 1;
  config.num_attention_heads = config.num_key_value_heads = 1;
  config.head_dim = 2;
  const auto group = [&](Index width) {
    config.intermediate_size = width;
    return default_group(to_model(config), "MLP channels");
  };
  CHECK(group(11008) == 1024);
  CHECK(group(8192) == 768);
  CHECK(group(352) == 32);
  CHECK(group(512) == 32);
  CHECK(group(88) == 8);
  CHECK(group(7) == 1);
}

TEST_CASE("no stage touches blocks to keep") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  const Index last = graph.config().num_hidden_layers - 1;  // whose blocks are the cheapest
  const ProtectedBlocks keep{attention_of(last), mlp_of(last)};
  const PruningResult free = run({.ratio = 30, .split = {40, 40, 20}, .mlp_group = 8}, objective, graph);
  CHECK(free.plan.width(keep.front()) < graph.width(keep.front()));
  const PruningResult kept = run({.ratio = 30, .split = {40, 40, 20}, .mlp_group = 8, .keep = keep}, objective, graph);
  CHECK(kept.outcome == SearchOutcome::reached);
  for (const PruningStep& step : kept.steps) {
    for (const Candidate& candidate : step.search.candidates) CHECK_FALSE(contains(keep, candidate.edit.front().block));
  }
  for (const BlockId block : keep) CHECK(kept.plan.width(block) == graph.width(block));
  const auto again = SequentialThreshold<Greedy>({.ratio = 30, .split = {40, 40, 20}, .mlp_group = 8, .keep = keep})
                         .until(10)
                         .run({graph, objective});
  for (const BlockId block : keep) CHECK(again.plan.width(block) == graph.width(block));
}

TEST_CASE("where all blocks are to be kept nothing can be removed; a block that is not there is refused") {
  const Graph graph = model();
  LinearObjective objective(graph.config());
  ProtectedBlocks mlps, all;
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    mlps.push_back(mlp_of(layer));
    all.insert(all.end(), {mlps.back(), attention_of(layer)});
  }
  CHECK(SequentialThreshold<>({.ratio = 20}).can_remove(graph));
  CHECK(SequentialThreshold<>({.ratio = 20, .keep = mlps}).can_remove(graph));
  CHECK_FALSE(SequentialThreshold<>({.split = {0, 100, 0}, .keep = mlps}).can_remove(graph));
  CHECK_FALSE(SequentialThreshold<>({.ratio = 20, .keep = all}).can_remove(graph));
  CHECK(run({.ratio = 20, .keep = all}, objective, graph).outcome == SearchOutcome::no_candidate);
  const BlockId stray = mlp_of(graph.config().num_hidden_layers);
  test::expect_error<OptionError>([&] { (void)run({.ratio = 20, .keep = {stray}}, objective, graph); },
                                  {"blocks to keep", graph.label(stray)});
}
