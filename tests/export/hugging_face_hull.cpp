// SPDX-License-Identifier: MIT
// Plans of all shapes as dense models of the family.

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::filesystem::path model_folder(const std::string& model) {
  return source_path("tests/data/arch/" + model);
}

/// A copy of a model with other entries in config.json.
std::filesystem::path with_config(const std::string& model, const nlohmann::json& entries,
                                  const std::filesystem::path& folder) {
  std::filesystem::copy(model_folder(model), folder);
  nlohmann::json config = read_json_file(folder / "config.json");
  config.update(entries);
  write_json_file(folder / "config.json", config);
  return folder;
}

}  // namespace

TEST_CASE("a hull computes what the plan leaves, is dense, and as large as its report says") {
  const std::string model =
      GENERATE("llama-gqa", "llama-mha", "llama-all-biases", "llama-head-dim", "llama-gqa-bf16-sharded",
               "llama-gqa-f16-sharded", "llama-gqa-tied-rope-llama3", "qwen2", "qwen2-untied");
  const Graph graph = load<>(model_folder(model));
  for (unsigned seed = 0; seed < 12; ++seed) {
    CAPTURE(model, seed);
    const ModelView view(graph, random_plan(graph, seed));
    const TemporaryDirectory directory;
    save_as(HuggingFaceHull{}, view, directory / "hull");
    CHECK_FALSE(std::filesystem::exists(directory / "hull/pruning_config.json"));
    const Graph hull = load<>(directory / "hull");
    CHECK(largest_difference(window_logits(view), window_logits(ModelView(hull))) < 1e-4);
    const PaddingReport report = HuggingFaceHull{}.padding(view);
    CHECK(Plan(hull) == Plan(hull.config()));
    CHECK(report.written == count_parameters(hull.config()));
    CHECK(report.parameters == count_loaded_parameters(graph.config(), view.plan()));
    CHECK(report.layers == hull.config().num_hidden_layers);
    CHECK(report.overhead() >= 0);
  }
}

TEST_CASE("a plan that leaves layers that are alike, or removes whole layers, has no padding") {
  const Graph graph = load<>(model_folder("qwen2"));
  Plan plan(graph);
  for (Index layer = 0; layer < 4; ++layer) {
    plan.set_width(attention_of(layer), graph.unit_width(attention_of(layer)));
    plan.set_width(mlp_of(layer), 51);
  }
  plan.remove(attention_of(1));
  plan.remove(mlp_of(1));
  const ModelView view(graph, plan);
  const PaddingReport report = HuggingFaceHull{}.padding(view);
  CHECK(report.overhead() == 0);
  CHECK(report.layers == 3);
  const TemporaryDirectory directory;
  save_as(HuggingFaceHull{}, view, directory / "hull");
  const nlohmann::json config = read_json_file(directory / "hull/config.json");
  CHECK(config.at("num_hidden_layers") == 3);
  CHECK(config.at("intermediate_size") == 51);
  CHECK(config.at("num_attention_heads") == 3);
  CHECK(config.at("num_key_value_heads") == 1);
  CHECK(config.at("head_dim") == 8);
  CHECK(config.at("architectures") == nlohmann::json{"Qwen2ForCausalLM"});
  CHECK(config.at("torch_dtype") == "float32");
  CHECK(config.at("max_window_layers") == 3);
}

TEST_CASE("a plan that leaves nothing is a layer of zeros") {
  const Graph graph = load<>(model_folder("llama-gqa"));
  Plan plan(graph);
  for (Index position = 0; position < graph.num_blocks(); ++position) plan.remove({position});
  const TemporaryDirectory directory;
  save_as(HuggingFaceHull{}, ModelView(graph, plan), directory / "hull");
  CHECK(load<>(directory / "hull").config().num_hidden_layers == 1);
}

TEST_CASE("heads of a Llama are as many as transformers takes") {
  const Graph graph = load<>(model_folder("llama-mha"));  // hidden_size 64, 4 heads of their own
  Plan plan(graph);
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    plan.set_width(attention_of(layer), 3 * graph.unit_width(attention_of(layer)));
  }
  const TemporaryDirectory directory;
  save_as(HuggingFaceHull{}, ModelView(graph, plan), directory / "hull");
  const nlohmann::json config = read_json_file(directory / "hull/config.json");
  CHECK(config.at("hidden_size").get<Index>() % config.at("num_attention_heads").get<Index>() == 0);
}

TEST_CASE("a hull has all heads where that is asked for") {
  const Graph graph = load<>(model_folder("qwen2"));
  const ModelView view(graph, random_plan(graph, 4));
  const TemporaryDirectory directory;
  save_as(HuggingFaceHull{.all_heads = true}, view, directory / "hull");
  const Graph hull = load<>(directory / "hull");
  CHECK(hull.spec({0}).as<Attention>()->num_attention_heads == 6);
  CHECK(largest_difference(window_logits(view), window_logits(ModelView(hull))) < 1e-4);
}

TEST_CASE("entries by layer go with the layers that stay") {
  const TemporaryDirectory directory;
  const auto folder =
      with_config("qwen2",
                  {{"layer_types", {"full_attention", "full_attention", "sliding_attention", "full_attention"}},
                   {"use_sliding_window", true},
                   {"sliding_window", 5},
                   {"no_rope_layers", {1, 2, 3, 4}},
                   {"max_window_layers", 2}},
                  directory / "model");
  const Graph graph = load<>(folder);
  Plan plan(graph);
  plan.remove(attention_of(1));
  plan.remove(mlp_of(1));
  plan.remove(mlp_of(2));
  plan.remove(attention_of(3));
  save_as(HuggingFaceHull{}, ModelView(graph, plan), directory / "hull");
  const nlohmann::json config = read_json_file(directory / "hull/config.json");
  CHECK(config.at("layer_types") == nlohmann::json{"full_attention", "sliding_attention"});
  CHECK(load<>(directory / "hull").spec({2}).as<Attention>()->sliding_window == 5);
  CHECK(config.at("no_rope_layers") == nlohmann::json{1, 3});
  CHECK(config.at("max_window_layers") == 1);
}

TEST_CASE("entries by layer that cannot be taken over are refused by name") {
  const auto refused = [](const nlohmann::json& entries, const std::string& key, const char* model = "qwen2") {
    const TemporaryDirectory directory;
    const Graph graph = load<>(with_config(model, entries, directory / "model"));
    Plan plan(graph);
    plan.remove(attention_of(0));
    plan.remove(mlp_of(0));
    expect_error<OptionError>([&] { save_as(HuggingFaceHull{}, ModelView(graph, plan), directory / "hull"); },
                              {"hf: " + key + " of config.json"});
    CHECK_FALSE(std::filesystem::exists(directory / "hull"));
  };
  refused({{"layer_types", {"full_attention"}}}, "layer_types", "llama-gqa");
  refused({{"sliding_window_pattern", 2}}, "sliding_window_pattern", "llama-gqa");
  refused({{"per_layer_config", {{"0", {{"intermediate_size", 3}}}}}}, "per_layer_config");
}

TEST_CASE("a hull goes into shards, with an index, and tied weights are stored once") {
  const Graph graph = load<>(model_folder("llama-gqa-tied-rope-llama3"));
  const TemporaryDirectory directory;
  save_as(HuggingFaceHull{.max_shard_bytes = 100'000}, ModelView(graph, random_plan(graph, 3)), directory / "hull");
  const nlohmann::json index = read_json_file(directory / "hull/model.safetensors.index.json");
  CHECK_FALSE(index.at("weight_map").contains("lm_head.weight"));
  const Graph hull = load<>(directory / "hull");
  CHECK(index.at("metadata").at("total_size") == 4 * count_parameters(hull.config()));
}

TEST_CASE("companions go with a hull") {
  const TemporaryDirectory directory;
  std::filesystem::copy(source_path("examples/models/stories-1.6M"), directory / "model");
  write_file(directory / "model/LICENSE.txt", "MIT");
  write_file(directory / "model/chat_template.jinja", "{{ messages }}");
  const Graph graph = load<>(directory / "model");
  save_as(HuggingFaceHull{}, ModelView(graph, random_plan(graph, 1)), directory / "hull");
  for (const char* file :
       {"tokenizer.json", "tokenizer_config.json", "generation_config.json", "LICENSE.txt", "chat_template.jinja"}) {
    CHECK(read_file(directory / "hull" / file) == read_file(directory / "model" / file));
  }
}

TEST_CASE("hulls of all families have the logits of the plan, whatever its layers are") {
  const std::string family =
      GENERATE(as<std::string>{}, "qwen2-windows", "qwen3", "qwen3-windows", "gemma", "gemma2", "gemma3", "smollm3",
               "smollm3-windows", "granite", "mistral", "phi3", "llama-yarn");
  CAPTURE(family);
  const Graph graph = load<>(source_path("tests/data/families/" + family));
  const TemporaryDirectory directory;
  for (unsigned seed = 1; seed < 4; ++seed) {
    const ModelView view(graph, random_plan(graph, seed));
    const auto out = directory / std::to_string(seed);
    save_as(HuggingFaceHull{}, view, out);
    const Graph hull = load<>(out);
    CHECK(largest_difference(window_logits(view), window_logits(ModelView(hull))) < 1e-4);
  }
}

TEST_CASE("heads of zeros that would change what is computed are refused, and heads with ALiBi keep their places") {
  const Graph olmo = load<>(source_path("tests/data/families/olmo2"));
  Plan plan(olmo);
  plan.set_width(attention_of(0), olmo.unit_width(attention_of(0)));
  const TemporaryDirectory directory;
  expect_error<OptionError>([&] { save_as(HuggingFaceHull{}, ModelView(olmo, plan), directory / "olmo"); },
                            {"hf: layer 0 attention", "norms of q and k"});
}
