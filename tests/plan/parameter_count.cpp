// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/shape_only_model.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using test::attention_of, test::mlp_of;

namespace {

struct Published {
  std::string folder;
  DecoderConfig decoder;
};

DecoderConfig shape(Index layers, Index hidden, Index intermediate, Index heads, Index kv_heads, Index vocabulary,
                    bool tied = false, bool qkv_bias = false) {
  DecoderConfig config;
  config.num_hidden_layers = layers;
  config.hidden_size = hidden;
  config.intermediate_size = intermediate;
  config.num_attention_heads = heads;
  config.num_key_value_heads = kv_heads;
  config.head_dim = hidden / heads;
  config.vocab_size = vocabulary;
  config.tie_word_embeddings = tied;
  config.qkv_bias = qkv_bias;
  return config;
}

nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(std::ifstream(path));
}

/// All that was published with MultiPruner.
std::vector<Published> published_runs() {
  const DecoderConfig llama2 = shape(32, 4096, 11008, 32, 32, 32000);
  return {{"Llama-2-7B/ratio_7", llama2},
          {"Llama-2-7B/ratio_10", llama2},
          {"Llama-2-7B/ratio_12", llama2},
          {"Llama-2-7B/ratio_15", llama2},
          {"Llama-2-7B/ratio_18", llama2},
          {"Llama-2-7B/ratio_22", llama2},
          {"Llama-3.2-3B/ratio_9", shape(28, 3072, 8192, 24, 8, 128256, true)},
          {"Qwen2.5-7B/ratio_10", shape(28, 3584, 18944, 28, 4, 152064, false, true)},
          {"Qwen1.5-7B/ratio_22", shape(32, 4096, 11008, 32, 32, 151936, false, true)},
          {"Baichuan2-7B-Base/ratio_22", shape(32, 4096, 11008, 32, 32, 125696)}};
}

/// What a folder of published runs holds: folders inside it that have a configuration.
std::set<std::string> runs_in(const std::filesystem::path& folder) {
  std::set<std::string> runs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "pruning_config.json") continue;
    runs.insert(std::filesystem::relative(entry.path().parent_path(), folder).generic_string());
  }
  return runs;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("every published pair of configuration and parameter count is reproduced exactly") {
  const auto [folder, decoder] = GENERATE(from_range(published_runs()));
  CAPTURE(folder);
  const ModelConfig config = to_model(decoder);
  const auto directory = test::source_path("tests/data/published/" + folder);
  const PruningConfig pruning =
      read_pruning_config(directory / "pruning_config.json", config.num_hidden_layers, pruning_keys(config));
  const Plan plan = to_plan(config, pruning);
  const nlohmann::json result = read_json(directory / "eval.res.json");

  const Graph graph = test::shape_only_model(config);
  CHECK_NOTHROW(ModelView(graph, plan));
  const std::vector<BlockId> removed = removal_order_of(config, pruning);
  CHECK(std::all_of(removed.begin(), removed.end(), [&](BlockId block) { return plan.removed(block); }));

  Index pruned = count_parameters(config, plan);
  if (folder == "Qwen1.5-7B/ratio_22") {
    // This result was made by a counter that never subtracted attention biases.
    DecoderConfig without = decoder;
    without.qkv_bias = false;
    const ModelConfig without_bias = to_model(without);
    const Index all_biases = count_parameters(config) - count_parameters(without_bias);
    CHECK(pruned < count_parameters(without_bias, plan) + all_biases);
    pruned = count_parameters(without_bias, plan) + all_biases;
  }
  CHECK(count_parameters(config) == result["total_params"].get<Index>());
  CHECK(pruned == result[result.contains("pruned_params") ? "pruned_params" : "pruned_model_params"].get<Index>());
  if (result.contains("ratio") && folder != "Qwen1.5-7B/ratio_22") {
    CHECK(pruning_ratio(config, plan) == result["ratio"].get<double>());
  }
}

TEST_CASE("no published run is left out, and those that are here are as they were published") {
  std::set<std::string> tested;
  for (const Published& run : published_runs()) tested.insert(run.folder);
  const std::filesystem::path here = test::source_path("tests/data/published");
  CHECK(runs_in(here) == tested);
  const std::filesystem::path published = test::reference_path("data/published");
  SKIP_WITHOUT(published);
  REQUIRE(runs_in(published) == tested);
  for (const std::string& run : tested) {
    for (const char* file : {"pruning_config.json", "eval.res.json"}) {
      CAPTURE(run, file);
      CHECK(bytes_of(here / run / file) == bytes_of(published / run / file));
    }
  }
}

TEST_CASE("the stages of the published Llama-2-7B run at 22 % count as stated") {
  const ModelConfig config = to_model(shape(32, 4096, 11008, 32, 32, 32000));
  Plan plan(config);
  for (const Index layer : {25, 27, 24, 23, 21, 29, 28, 18, 8}) plan.remove(attention_of(layer));
  plan.remove(mlp_of(8));
  CHECK(pruning_ratio(config, plan) == 10.970621613850895);
  CHECK(count_parameters(config) == 6738415616);
  CHECK(count_loaded_parameters(config, plan) == count_parameters(config, plan) - 10 * 4096);
}

TEST_CASE("counts of blocks with biases on every linear") {
  DecoderConfig decoder = shape(2, 8, 12, 4, 2, 10, false, true);
  decoder.o_bias = decoder.mlp_bias = true;
  const ModelConfig config = to_model(decoder);
  Plan plan(config);
  plan.set_width(attention_of(0), 4);  // 2 query heads, 1 key/value head of 2 channels
  plan.set_width(mlp_of(1), 5);
  plan.remove(mlp_of(0));
  const Index embeddings = 2 * 10 * 8;
  const Index norms = 8 + 4 * 8;
  const Index narrow_attention = (4 * 8 + 4) + 2 * (2 * 8 + 2) + (8 * 4 + 8);
  const Index full_attention = (8 * 8 + 8) + 2 * (4 * 8 + 4) + (8 * 8 + 8);
  const Index narrow_mlp = 2 * (5 * 8 + 5) + (8 * 5 + 8);
  CHECK(count_parameters(config, plan) == embeddings + norms + narrow_attention + full_attention + narrow_mlp);
}

TEST_CASE("counts are of possible models and their plans") {
  const ModelConfig config = to_model(shape(2, 8, 12, 4, 2, 10, false, true));
  test::expect_error<OptionError>([&] { (void)count_parameters(config, Plan()); }, {"plan", "for 0 blocks"});
  test::expect_error<DataError>([] { (void)count_parameters(ModelConfig{}); }, {"configuration"});
  ModelConfig large = config;
  large.hidden_size = largest_size;
  const auto block = BlockSpec::of<GatedMlp>({.intermediate_size = largest_size}, 0, largest_size);
  large.blocks = BlockList({block, block.in_layer(1), block.in_layer(2), block.in_layer(3)});
  test::expect_error<DataError>([&] { (void)count_parameters(large); }, {"more parameters"});
}

TEST_CASE("stock loaders do not have the norms of removed blocks") {
  const ModelConfig config = to_model(shape(2, 8, 12, 4, 2, 10));
  Plan plan(config);
  CHECK(count_loaded_parameters(config, plan) == count_parameters(config, plan));
  plan.remove(attention_of(0));
  plan.remove(mlp_of(1));
  plan.set_width(mlp_of(0), 3);
  CHECK(count_loaded_parameters(config, plan) == count_parameters(config, plan) - 2 * 8);
}
