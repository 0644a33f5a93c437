// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/run/format_structure.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

FinishedRun prune(const RunSpec& spec, const std::filesystem::path& out) {
  return PruningRun(spec, {.out = out}, SmallRun::environment()).run();
}

/// The widths of the blocks of a kind that a plan leaves, each once.
std::set<Index> widths_left(const Plan& plan, bool of_mlps) {
  std::set<Index> widths;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    if (is_mlp({position}) == of_mlps && !plan.removed({position})) widths.insert(plan.width({{position}, 0}));
  }
  return widths;
}

}  // namespace

TEST_CASE("A run may be written in several formats, the first with all that is told of it") {
  const SmallRun inputs;
  RunSpec spec = inputs.spec("reference");
  spec.format = "multipruner,hf";
  (void)prune(spec, inputs.out());
  CHECK(std::filesystem::exists(inputs.out() / "log.json"));
  CHECK(std::filesystem::exists(inputs.out() / "pruning_config.json"));
  CHECK_FALSE(std::filesystem::exists(inputs.out() / "hf/pruning_config.json"));
  CHECK_FALSE(std::filesystem::exists(inputs.out() / "hf/log.json"));
  CHECK_NOTHROW(load<Llama>(inputs.out() / "hf"));
  const auto refuses = [&](const std::string& list, const std::vector<std::string>& words) {
    spec.format = list;
    expect_error<OptionError>([&] { validate(spec); }, words);
  };
  refuses("hf,safetensors", {"--format", "safetensors", "mergekit"});
  refuses("hf,hf", {"--format", "hf is there twice"});
  refuses("", {"--format"});
}

TEST_CASE("With a target, what is left is what the format holds: layers that are alike, or whole ones") {
  const SmallRun inputs(6);
  RunSpec spec = inputs.spec("reference");
  spec.target = "hf";
  const Plan alike = prune(spec, inputs.out("hf")).result.plan;
  CHECK(widths_left(alike, true).size() == 1);
  CHECK(widths_left(alike, false).size() == 1);
  for (Index layer = 0; layer < 6; ++layer) {
    CHECK(alike.removed(attention_of(layer)) == alike.removed(mlp_of(layer)));
  }
  spec.preset = "quality";
  spec.compensate = "none";
  spec.reorder = "l1";
  spec.target = "mergekit";
  const FinishedRun whole = prune(spec, inputs.out("mergekit"));
  CHECK(whole.result.outcome == SearchOutcome::reached);
  CHECK(widths_left(whole.result.plan, true) == std::set<Index>{24});
  CHECK(widths_left(whole.result.plan, false) == std::set<Index>{16});
  spec.distribution = "0:1:0";
  expect_error<OptionError>([&] { (void)prune(spec, inputs.out("none")); }, {"--target mergekit", "1:0:0"});
  spec.policy = "uniform";
  spec.distribution.reset();
  expect_error<OptionError>([&] { validate(spec); }, {"--target", "uniform", "multipruner"});
}

TEST_CASE("Groups of MLP channels lead from one width that a format holds to another") {
  DecoderConfig decoder;
  decoder.num_hidden_layers = 2;
  decoder.num_attention_heads = decoder.num_key_value_heads = 2;
  decoder.head_dim = 4;
  decoder.hidden_size = decoder.vocab_size = 8;
  decoder.intermediate_size = 1024;
  const ModelConfig config = to_model(decoder);
  const FormatStructure structure{.fewer_heads = false, .first_attention = true, .mlp_multiple = 256};
  SequentialThresholdOptions options{.ratio = 20, .split = {1, 1, 1}};
  narrow_to(structure, "hf-deci", config, options);
  CHECK(options.mlp_group == 256);
  CHECK(options.keep == ProtectedBlocks{attention_of(0)});
  const std::vector<PruningStage> stages = stages_of(options);
  REQUIRE(stages.size() == 2);
  CHECK(stages.back().removes.front().axis == GatedMlp::axes[0].name);
  CHECK(stages.back().until == 20);
  SequentialThresholdOptions odd{.ratio = 20, .mlp_group = 96};
  expect_error<OptionError>([&] { narrow_to(structure, "hf-deci", config, odd); }, {"--target hf-deci", "256"});
  decoder.intermediate_size = 1000;
  SequentialThresholdOptions other{.ratio = 20};
  expect_error<OptionError>([&] { narrow_to(structure, "hf-deci", to_model(decoder), other); }, {"--target", "1000"});
  SequentialThresholdOptions same{.ratio = 20};
  narrow_to({}, "multipruner", config, same);
  CHECK(same.stages.empty());
}
