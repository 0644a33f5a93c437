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
#include <support/tiny_config.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/run/format_structure.hpp>
#include <multipruner/run/model_format.hpp>
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
  spec.policy = "slicegpt";
  spec.mlp_group.reset();
  spec.distribution.reset();
  expect_error<OptionError>([&] { validate(spec); }, {"--target", "slicegpt", "multipruner"});
}

TEST_CASE("Every policy leaves what the format holds that is its target") {
  const std::string policy =
      GENERATE(as<std::string>{}, "multipruner", "evol", "allocation", "blockpruner", "shortgpt", "relative-magnitude",
               "consecutive-layers", "laco", "one-shot", "uniform", "random");
  CAPTURE(policy);
  const SmallRun inputs(6);
  RunSpec spec = inputs.spec("reference");
  spec.policy = policy;
  spec.ratio = 15;
  spec.mlp_group.reset();
  if (policy == "laco") spec.merge_layers = 2;
  if (policy == "evol" || policy == "allocation") spec.evaluations = 12;
  spec.target = spec.format = "hf";
  const FinishedRun done = prune(spec, inputs.out("hf"));
  const Index layers = load<Llama>(inputs.out("hf")).config().num_hidden_layers;
  CHECK(layers == 6 - static_cast<Index>(done.result.plan.removed_blocks().size()) / 2);
  CHECK(done.result.outcome == SearchOutcome::reached);
  CHECK(done.result.ratio >= 15);
  const Plan& alike = done.result.plan;
  if (!done.result.graph) {
    CHECK(widths_left(alike, true).size() == 1);
    CHECK(widths_left(alike, false).size() == 1);
    for (Index layer = 0; layer < 6; ++layer) {
      CHECK(alike.removed(attention_of(layer)) == alike.removed(mlp_of(layer)));
    }
  }
  const bool narrows = policy == "evol" || policy == "allocation" || policy == "one-shot" || policy == "uniform";
  spec.target = spec.format = "mergekit";
  const auto whole_layers = [&] { (void)prune(spec, inputs.out("mergekit")); };
  if (narrows) {
    expect_error<OptionError>(whole_layers, {"--target mergekit", policy, "shortgpt"});
  } else if (policy == "laco") {
    expect_error<OptionError>(whole_layers, {"--format mergekit", "laco", "changes their weights"});
  } else {
    CHECK_NOTHROW(whole_layers());
  }
}

TEST_CASE("A format that refuses what it does not hold is a run's target") {
  const SmallRun inputs(6);
  RunSpec spec = inputs.spec(GENERATE(as<std::string>{}, "reference", "quality"));
  spec.format = "multipruner,mergekit";
  const FinishedRun done = prune(spec, inputs.out());
  CHECK(widths_left(done.result.plan, true) == std::set<Index>{24});
  CHECK(widths_left(done.result.plan, false) == std::set<Index>{16});
  CHECK(done.log.json().at("args").at("target_format") == "mergekit");
  spec.compensate = "stream-matching";
  expect_error<OptionError>([&] { (void)prune(spec, inputs.out("solved")); }, {"--format mergekit", "--compensate"});
  spec.compensate.reset();
  spec.format = "multipruner,gguf";  // holds all of a Llama
  CHECK(prune(spec, inputs.out("all")).log.json().at("args").at("target_format").is_null());
}

TEST_CASE("Policies keep the layers and the heads that a format needs") {
  const ModelConfig config = tiny_config();
  CHECK(blocks_needed({}, config).empty());
  CHECK(blocks_needed({.first_attention = true}, config) == ProtectedBlocks{attention_of(0)});
  CHECK_NOTHROW(require_fewer_blocks({}, "hf"));
  expect_error<OptionError>([&] { require_fewer_blocks({.fewer_blocks = false}, "gguf"); },
                            {"--target gguf", "all layers", "0:1:0"});
  const FormatStructure both =
      held_by_both({.alike = true, .mlp_multiple = 4}, {.fewer_heads = false, .mlp_multiple = 6});
  CHECK(both == FormatStructure{.alike = true, .fewer_heads = false, .mlp_multiple = 12});
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

TEST_CASE("A GGUF file holds layers that differ of Llamas, and of each other family what llama.cpp computes") {
  const ModelFormat gguf = shipped_model_formats().at("gguf");
  const auto structure_of = [&](const char* model_type, Index layers = 4) {
    ModelConfig config = tiny_config(layers);
    config.model_type = model_type;
    return gguf.structure(config);
  };
  for (const char* model_type : {"llama", "mistral", "qwen2", "baichuan"}) CHECK(structure_of(model_type).holds_all());
  const FormatStructure alike{.alike = true};
  for (const char* model_type : {"qwen3", "gemma", "granite", "unknown"}) CHECK(structure_of(model_type) == alike);
  const FormatStructure all_heads{.alike = true, .fewer_heads = false};
  for (const char* model_type : {"phi3", "olmo2"}) CHECK(structure_of(model_type) == all_heads);
  const FormatStructure all_layers{.alike = true, .fewer_blocks = false};
  for (const char* model_type : {"gemma2", "gemma3_text", "smollm3"}) CHECK(structure_of(model_type) == all_layers);
  const FormatStructure widths{.alike = true, .fewer_blocks = false, .fewer_heads = false};
  CHECK(structure_of("gemma2", 46) == widths);
  CHECK(structure_of("gemma3_text", 62) == widths);
}

TEST_CASE("With gguf for a target, what is left of a family whose layers llama.cpp counts is a file") {
  const SmallRun inputs;
  std::filesystem::remove_all(inputs.directory / "model");
  RandomCheckpoint::make<Gemma2>({{"model_type", "gemma2"},
                                  {"vocab_size", 258},
                                  {"hidden_size", 16},
                                  {"intermediate_size", 24},
                                  {"num_hidden_layers", 4},
                                  {"num_attention_heads", 4},
                                  {"num_key_value_heads", 2},
                                  {"head_dim", 8},
                                  {"query_pre_attn_scalar", 8},
                                  {"sliding_window", 5},
                                  {"max_position_embeddings", 64}})
      .write(inputs.directory / "model");
  RunSpec spec = inputs.spec("reference");
  spec.target = spec.format = "gguf";
  const Plan plan = prune(spec, inputs.out()).result.plan;
  CHECK(widths_left(plan, true).size() == 1);
  CHECK(widths_left(plan, false).size() == 1);
  const Graph written = load<>(inputs.out() / "model.gguf");
  CHECK(written.config().num_hidden_layers == 4);
  CHECK(written.config().model_type == "gemma2");
  spec.target = "hf";  // whole layers may go of it, but then there is no file
  CHECK(prune(spec, inputs.out("of both")).result.plan.removed_blocks().empty());
  CHECK_NOTHROW(load<>(inputs.out("of both") / "model.gguf"));
  spec.target.reset();
  spec.policy = "shortgpt";
  spec.mlp_group.reset();
  expect_error<OptionError>([&] { (void)prune(spec, inputs.out("none")); }, {"--target gguf", "all layers"});
}

TEST_CASE("Where all layers have to stay, widths alone are narrowed") {
  const FormatStructure structure{.alike = true, .fewer_blocks = false};
  SequentialThresholdOptions options{.ratio = 20, .split = {1, 1, 1}};
  narrow_to(structure, "gguf", tiny_config(), options);
  const std::vector<PruningStage> stages = stages_of(options);
  REQUIRE(stages.size() == 2);
  for (const PruningStage& stage : stages) {
    for (const StageSelector& selector : stage.removes) CHECK((!selector.axis.empty() && selector.alike));
  }
  CHECK(stages.back().until == 20);
  SequentialThresholdOptions blocks{.ratio = 20, .split = {1, 0, 0}};
  expect_error<OptionError>([&] { narrow_to(structure, "gguf", tiny_config(), blocks); }, {"--target gguf", "0:1:0"});
}
