// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/shape_only_model.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/importance/random.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/allocation.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/block_pruner.hpp>
#include <multipruner/policy/multi_pruner_evol.hpp>
#include <multipruner/policy/one_shot.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/policy/uniform.hpp>
#include <multipruner/search/lazy_greedy.hpp>
#include <multipruner/search/random_walk.hpp>

// Where policies end, whatever the model and the options.

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Costs without rhyme or reason, the same for the same plan.
struct Arbitrary final : Objective {
  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest&) override {
    std::vector<PlanCost> costs;
    for (const Plan& plan : plans) {
      Fingerprint fingerprint;
      for (Index position = 0; position < plan.num_blocks(); ++position) {
        const Choice& choice = plan.choice({position});
        fingerprint.add(choice.widths.data(), static_cast<Index>(sizeof choice.widths));
      }
      costs.push_back({static_cast<double>(fingerprint.value() % 10007) / 10007});
    }
    return costs;
  }
};

/// Draws whole numbers from a range, both ends included.
struct Draw {
  PythonRandom random;

  Index operator()(Index least, Index most) { return least + random.sample(most - least + 1, 1).front(); }
};

DecoderConfig any_config(Draw& draw) {
  DecoderConfig config;
  config.num_hidden_layers = draw(2, 5);
  config.head_dim = 2 * draw(1, 3);
  config.num_key_value_heads = draw(1, 4);
  config.num_attention_heads = config.num_key_value_heads * draw(1, 3);
  config.hidden_size = config.num_attention_heads * config.head_dim;
  config.intermediate_size = draw(6, 40);
  config.vocab_size = draw(5, 60);
  return config;
}

SequentialThresholdOptions any_options(Draw& draw, const ModelConfig& config) {
  SequentialThresholdOptions options{.ratio = static_cast<double>(draw(10, 400)) / 10};
  options.split = {static_cast<double>(draw(0, 3)), static_cast<double>(draw(0, 3)), static_cast<double>(draw(1, 3))};
  const Index finest = draw(1, 2);
  options.finest_mlp_group = finest;
  options.mlp_group = finest * draw(1, 4);
  options.strict = draw(0, 1) == 1;
  if (draw(0, 2) == 0) options.keep = {BlockId{draw(0, config.num_blocks() - 1)}};
  return options;
}

/// The policies that go step by step, by what tests call them.
std::vector<std::pair<std::string, AnyPolicy>> walks(const SequentialThresholdOptions& options, std::uint64_t seed) {
  const NarrowingOptions narrowing{.ratio = options.ratio, .mlp_group = options.mlp_group, .keep = options.keep};
  return {{"greedy", SequentialThreshold<>(options)},
          {"lazy", SequentialThreshold<LazyGreedy>(options, LazyGreedy({.most_edits = 3}))},
          {"random", SequentialThreshold<RandomWalk>(options, RandomWalk(seed))},
          {"uniform", Uniform(narrowing)},
          {"one shot", OneShot<Random>({narrowing})},
          {"BlockPruner", BlockPruner<>({.ratio = options.ratio, .keep = options.keep})}};
}

void check_kept(const PruningResult& result, const Graph& graph, const ProtectedBlocks& keep) {
  for (const BlockId block : keep) CHECK(result.plan.choice(block) == graph.present(block));
}

}  // namespace

TEST_CASE(
    "No policy that goes step by step takes a step that it need not: before the last one the target is not reached") {
  Arbitrary objective;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Draw draw{PythonRandom(seed)};
    const Graph graph = shape_only_model(to_model(any_config(draw)));
    const SequentialThresholdOptions options = any_options(draw, graph.config());
    for (const auto& [name, policy] : walks(options, seed)) {
      CAPTURE(seed, name, options.ratio);
      const PruningResult result = policy.run({.graph = graph, .objective = objective});
      check_kept(result, graph, options.keep);
      CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
      const std::size_t steps = result.steps.size();
      if (steps > 0) CHECK(result.steps.back().search.ratio == Approx(result.ratio));
      if (steps > 1) CHECK(result.steps[steps - 2].search.ratio < options.ratio);
      CHECK((result.outcome == SearchOutcome::reached) == (result.ratio >= options.ratio));
    }
  }
}

TEST_CASE("A target that is never to be passed is not, and what is left does not fit any smaller unit") {
  Arbitrary objective;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Draw draw{PythonRandom(seed)};
    const Graph graph = shape_only_model(to_model(any_config(draw)));
    SequentialThresholdOptions options = any_options(draw, graph.config());
    options.never_past = true;
    const PruningResult result = SequentialThreshold<>(options).run({.graph = graph, .objective = objective});
    check_kept(result, graph, options.keep);
    CHECK(result.ratio <= options.ratio);
    if (options.strict || result.outcome != SearchOutcome::reached || result.ratio == options.ratio) continue;
    const WidthReduction finest(graph.config(), GatedMlp::axes[0].name, *options.finest_mlp_group, options.keep);
    if (options.split.mlp_width == 0) continue;
    for (const Edit& edit : finest.edits(result.plan)) {
      CHECK(pruning_ratio(graph.config(), apply(edit, result.plan)) > options.ratio);
    }
  }
}

TEST_CASE("The evolved plan is in its band wherever that can be reached") {
  Arbitrary objective;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    CAPTURE(seed);
    Draw draw{PythonRandom(seed)};
    const Graph graph = shape_only_model(to_model(any_config(draw)));
    const double ratio = static_cast<double>(draw(50, 200)) / 10;
    const MultiPrunerEvol<> policy({.ratio = ratio, .evaluations = 40, .population = 8, .mlp_group = 1});
    const PruningResult result = policy.run({.graph = graph, .objective = objective, .seed = seed});
    if (result.outcome != SearchOutcome::reached) continue;
    CHECK(result.ratio >= ratio);
    // The band: a tenth of a percent, or the group, which is one channel here.
    const double channel = 100.0 * 3 * static_cast<double>(graph.config().hidden_size) /
                           static_cast<double>(count_parameters(graph.config()));
    const bool channels_left = !WidthReduction(graph.config(), GatedMlp::axes[0].name, 1).edits(result.plan).empty();
    if (channels_left && result.steps.back().stage != "blocks")
      CHECK(result.ratio <= ratio + std::max(0.1, channel) + 1e-9);
    for (std::size_t i = 1; i < result.front.size(); ++i) {
      CHECK(result.front[i].ratio > result.front[i - 1].ratio);
      CHECK(result.front[i].cost >= result.front[i - 1].cost);
    }
  }
}

TEST_CASE("Allocated widths are on target wherever MLP channels alone could be, and nothing else is an error") {
  Arbitrary objective;
  int on_target = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Draw draw{PythonRandom(seed)};
    const Graph graph = shape_only_model(to_model(any_config(draw)));
    const double ratio = static_cast<double>(draw(50, 400)) / 10;
    AllocationOptions options{.ratio = ratio, .levels = draw(1, 8), .evaluations = draw(1, 30), .step = draw(1, 5)};
    options.mlp_group = 1;
    options.offspring = draw(1, 9);
    if (draw(0, 1) == 0) options.keep = {BlockId{draw(0, graph.num_blocks() - 1)}};
    const PruningResult result = Allocation<>(options).run({.graph = graph, .objective = objective, .seed = seed});
    check_kept(result, graph, options.keep);
    CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
    CHECK((result.outcome == SearchOutcome::reached) == (result.ratio >= ratio));
    Plan narrow(graph), one_channel(graph);
    for (Index position = 0; position < graph.num_blocks(); ++position) {
      const BlockId block{position};
      if (!is_mlp(block) || std::ranges::find(options.keep, block) != options.keep.end()) continue;
      one_channel = Plan(graph);
      one_channel.set_width(block, graph.width(block) - 1);
      narrow.set_width(block, 1);
    }
    if (pruning_ratio(graph.config(), narrow) < ratio) continue;
    const double channel = pruning_ratio(graph.config(), one_channel);
    CHECK(result.ratio <= ratio + std::max(0.1, channel) * (1 + 1e-9));
    ++on_target;
  }
  CHECK(on_target > 10);
}
