// SPDX-License-Identifier: MIT
#include <ctime>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/tiny_config.hpp>
#include <support/two_axes.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using test::attention_of, test::mlp_of;

namespace {

ModelConfig llama2_7b() {
  DecoderConfig config;
  config.num_hidden_layers = 32;
  config.hidden_size = 4096;
  config.intermediate_size = 11008;
  config.num_attention_heads = config.num_key_value_heads = 32;
  config.head_dim = 128;
  config.vocab_size = 32000;
  return to_model(config);
}

std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a published file survives reading and writing byte for byte") {
  const auto path = test::source_path("tests/data/published/Llama-2-7B/ratio_22/pruning_config.json");
  const ModelConfig config = llama2_7b();
  const PruningConfig pruning = read_pruning_config(path, 32);
  const Plan plan = to_plan(config, pruning);
  const std::vector<BlockId> order = removal_order_of(config, pruning);
  CHECK(order.front() == attention_of(25));
  CHECK(plan.width(attention_of(17)) == 3584);
  CHECK(plan.width(mlp_of(23)) == 1792);
  CHECK(to_json(to_pruning_config(config, plan, order)).dump(4) == contents(path));
  CHECK(to_pruning_config(config, plan).removed_of("attn").front() == 8);  // ascending where nobody knows
}

TEST_CASE("layer numbers that start at the number of layers are understood") {
  const auto path = test::source_path("tests/data/published/Qwen1.5-7B/ratio_22/pruning_config.json");
  const auto widths = read_pruning_config(path, 32).widths_of("mlp");
  CHECK(widths.begin()->first == 0);
  CHECK(widths.rbegin()->first == 31);
}

TEST_CASE("files that do not fit the model are refused") {
  const test::TemporaryDirectory folder;
  const auto refused = [&](const std::string& json) {
    const auto path = folder.path() / "pruning_config.json";
    std::ofstream(path) << json;
    CHECK_THROWS_AS(read_pruning_config(path, 4), Error);
  };
  refused("{");
  refused("[]");
  refused(R"({"pruned_attn_idx": [1], "pruned_mlp_idx": [], "pruned_attn_width": {}})");
  refused(R"({"pruned_attn_idx": [4], "pruned_mlp_idx": [], "pruned_attn_width": {}, "pruned_mlp_width": {}})");
  refused(R"({"pruned_attn_idx": [1, 1], "pruned_mlp_idx": [], "pruned_attn_width": {}, "pruned_mlp_width": {}})");
  refused(R"({"pruned_attn_idx": [], "pruned_mlp_idx": [], "pruned_attn_width": {"x": 3}, "pruned_mlp_width": {}})");
  refused(R"({"pruned_attn_idx": [], "pruned_mlp_idx": [], "pruned_attn_width": {"1": 0}, "pruned_mlp_width": {}})");
  refused(
      R"({"pruned_attn_idx": [], "pruned_mlp_idx": [], "pruned_attn_width": {"0": 8, "9": 8}, "pruned_mlp_width": {}})");
}

TEST_CASE("reading a long list of layers takes time in proportion to it") {
  const test::TemporaryDirectory folder;
  constexpr Index layers = 1 << 19;
  std::string list = "0";
  for (Index layer = 1; layer < layers; ++layer) list += "," + std::to_string(layer);
  test::write_file(folder / "pruning_config.json",
                   R"({"pruned_attn_idx": [)" + list +
                       R"(], "pruned_mlp_idx": [], "pruned_attn_width": {}, "pruned_mlp_width": {}})");
  const std::clock_t start = std::clock();
  CHECK(read_pruning_config(folder / "pruning_config.json", layers).removed_of("attn").size() == layers);
  CHECK((std::clock() - start) / CLOCKS_PER_SEC < 15);  // of processor time; comparing each with each took minutes
}

TEST_CASE("blocks and widths that the model does not have are refused") {
  const ModelConfig config = llama2_7b();
  const auto refused = [&](PruningConfig pruning) {
    test::expect_error<OptionError>([&] { (void)to_plan(config, pruning); }, {});
  };
  refused({.removed = {{"attn", {32}}}, .widths = {}});
  refused({.removed = {}, .widths = {{"mlp", {{32, 8}}}}});
  refused({.removed = {}, .widths = {{"mlp", {{0, 11009}}}}});
  refused({.removed = {}, .widths = {{"attn", {{0, 100}}}}});
}

TEST_CASE("a block that keeps nothing along one of two axes survives its file") {
  const test::TemporaryDirectory folder;
  ModelConfig config;
  config.vocab_size = 8;
  config.hidden_size = 4;
  config.num_hidden_layers = 2;
  const auto block = BlockSpec::of<test::TwoAxes>({}, 0, 4);
  config.blocks = BlockList({block, block.in_layer(1)});
  Plan plan(config);
  plan.set_choice({0}, {{4, 0}});
  plan.remove({1});
  const auto path = folder.path() / "pruning_config.json";
  test::write_file(path, to_json(to_pruning_config(config, plan)).dump());
  CHECK(to_plan(config, read_pruning_config(path, 2, pruning_keys(config))) == plan);

  PruningConfig gone = to_pruning_config(config, Plan(config));
  gone.widths.front().second[0] = 0;  // a block that is gone is listed
  test::expect_error<OptionError>([&] { (void)to_plan(config, gone); }, {"pruned_two_width", "layer 0"});
}

TEST_CASE("a sliced stream is in the file, and models without one are as they were") {
  const ModelConfig dense = test::tiny_config();
  CHECK_FALSE(stream_config_of(dense));
  CHECK_FALSE(to_json(to_pruning_config(dense, Plan(dense))).contains("stream"));

  const StreamConfig stream{.widths = {4, 4, 4, 6, 8}, .shortcuts = {0, 2, 3}};
  const ModelConfig sliced = with_stream(dense, stream);
  CHECK(sliced.hidden_size == 4);
  CHECK(sliced.last_stream() == 8);
  CHECK(sliced.blocks[attention_of(0)].has_shortcut());
  CHECK_FALSE(sliced.blocks[mlp_of(0)].has_shortcut());
  CHECK(count_parameters(sliced) == count_parameters(dense));
  CHECK(stream_config_of(sliced) == stream);

  const test::TemporaryDirectory directory;
  const auto path = directory / "pruning_config.json";
  std::ofstream(path) << to_json(to_pruning_config(sliced, Plan(sliced))).dump();
  CHECK(read_pruning_config(path, 2).stream == stream);
}

TEST_CASE("a sliced model has a head of its own, and another stream keeps what ratios are of") {
  ModelConfig dense = test::tiny_config();
  dense.tie_word_embeddings = true;
  const ModelConfig sliced = with_stream(dense, {.widths = {8, 8, 8, 8, 8}, .shortcuts = {1}});
  CHECK_FALSE(sliced.tie_word_embeddings);
  CHECK(count_parameters(sliced, Plan(sliced)) == count_parameters(dense) + 16 * 8 + 8 * 8);
  CHECK(count_parameters(with_stream(sliced, {.widths = {4, 4, 4, 4, 4}})) == count_parameters(dense));
}

TEST_CASE("streams that are not the model's are refused") {
  const ModelConfig dense = test::tiny_config();
  const auto with = [&](std::vector<Index> widths, std::vector<Index> shortcuts) {
    return with_stream(dense, {.widths = std::move(widths), .shortcuts = std::move(shortcuts)});
  };
  test::expect_error<OptionError>([&] { (void)with({8, 8, 8, 8}, {}); }, {"stream", "4 widths", "4 blocks"});
  test::expect_error<OptionError>([&] { (void)with({8, 8, 8, 8, 8}, {4}); }, {"stream", "block 4"});
  test::expect_error<OptionError>([&] { (void)with({8, 8, 8, 8, 8}, {-1}); }, {"stream", "block -1"});
  test::expect_error<DataError>([&] { (void)with({8, 8, -8, 8, 8}, {}); }, {"the stream that it writes", "-8"});
}
