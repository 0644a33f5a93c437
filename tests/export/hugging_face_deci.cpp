// SPDX-License-Identifier: MIT
// Plans of all shapes as models whose layers differ.

#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::filesystem::path model_folder(const std::string& model) {
  return source_path("tests/data/arch/" + model);
}

/// What the readers of vLLM (nemotron_nas.py) and mlx-lm (nemotron-nas.py) make of a config.json: which tensors they
/// ask for, and of which shape. Both take the names of the dense model; norms go with their blocks.
std::map<std::string, std::vector<Index>> tensors_that_engines_ask_for(const nlohmann::json& config) {
  std::map<std::string, std::vector<Index>> tensors;
  const Index hidden = config.at("hidden_size"), heads = config.at("num_attention_heads");
  const Index head_dim = config.at("head_dim"), vocab = config.at("vocab_size");
  tensors["model.embed_tokens.weight"] = {vocab, hidden};
  tensors["model.norm.weight"] = {hidden};
  if (!config.at("tie_word_embeddings").get<bool>()) tensors["lm_head.weight"] = {vocab, hidden};
  const auto linear = [&](const std::string& name, Index out, Index in, const char* bias) {
    tensors[name + ".weight"] = {out, in};
    if (config.at(bias).get<bool>()) tensors[name + ".bias"] = {out};
  };
  REQUIRE(config.at("block_configs").size() == config.at("num_hidden_layers").get<std::size_t>());
  Index layer = 0;
  for (const nlohmann::json& block : config.at("block_configs")) {
    const std::string prefix = "model.layers." + std::to_string(layer++) + ".";
    const nlohmann::json &attention = block.at("attention"), &ffn = block.at("ffn");
    if (!attention.at("no_op").get<bool>()) {
      const Index key_values = heads / attention.at("n_heads_in_group").get<Index>();
      CHECK(heads % attention.at("n_heads_in_group").get<Index>() == 0);
      tensors[prefix + "input_layernorm.weight"] = {hidden};
      linear(prefix + "self_attn.q_proj", heads * head_dim, hidden, "attention_bias");
      linear(prefix + "self_attn.k_proj", key_values * head_dim, hidden, "attention_bias");
      linear(prefix + "self_attn.v_proj", key_values * head_dim, hidden, "attention_bias");
      linear(prefix + "self_attn.o_proj", hidden, heads * head_dim, "attention_bias");
    }
    if (!ffn.at("no_op").get<bool>()) {
      const auto narrow =
          ffn.contains("ffn_mult")
              ? static_cast<Index>(2 * ffn.at("ffn_mult").get<double>() * static_cast<double>(hidden) / 3)
              : ffn.at("intermediate_size").get<Index>();
      const Index width = ffn.contains("ffn_mult") ? (narrow + 255) / 256 * 256 : narrow;
      tensors[prefix + "post_attention_layernorm.weight"] = {hidden};
      linear(prefix + "mlp.gate_proj", width, hidden, "mlp_bias");
      linear(prefix + "mlp.up_proj", width, hidden, "mlp_bias");
      linear(prefix + "mlp.down_proj", hidden, width, "mlp_bias");
    }
    for (const auto& [key, value] : attention.items()) {  // those of mlp-lm's AttentionConfig
      CHECK(std::set<std::string>{"no_op", "replace_with_linear", "sparsify", "n_heads_in_group", "window_length",
                                  "num_sink_tokens", "use_prefill_window_in_sink_attention", "unshifted_sink"}
                .contains(key));
    }
  }
  CHECK_FALSE(config.at("block_configs").at(0).at("attention").at("no_op").get<bool>());
  return tensors;
}

std::map<std::string, std::vector<Index>> tensors_in(const std::filesystem::path& file) {
  std::map<std::string, std::vector<Index>> tensors;
  const SafetensorsFile opened(file);
  for (const TensorInfo& tensor : opened.tensors()) tensors[tensor.name] = tensor.shape;
  return tensors;
}

}  // namespace

TEST_CASE("a Nemotron-NAS model computes what the plan leaves, and has what engines ask for") {
  const std::string model = GENERATE("llama-gqa", "llama-mha", "llama-all-biases", "llama-head-dim",
                                     "llama-gqa-tied-rope-llama3", "qwen2", "qwen2-untied");
  const bool exact = GENERATE(false, true);
  const Graph graph = load<>(model_folder(model));
  for (unsigned seed = 0; seed < 10; ++seed) {
    CAPTURE(model, exact, seed);
    const ModelView view(graph, random_plan(graph, seed));
    const HuggingFaceDeci format{.exact_widths = exact};
    const TemporaryDirectory directory;
    save_as(format, view, directory / "deci");
    const nlohmann::json config = read_json_file(directory / "deci/config.json");
    CHECK(tensors_in(directory / "deci/model.safetensors") == tensors_that_engines_ask_for(config));
    const Graph deci = load<>(directory / "deci");
    CHECK(largest_difference(window_logits(view), window_logits(ModelView(deci))) < 1e-4);
    CHECK(format.padding(view).written == count_parameters(deci.config()));
  }
}

TEST_CASE("layers of a Nemotron-NAS model are those that the plan leaves") {
  const Graph graph = load<>(model_folder("llama-gqa"));  // 4 layers; 8 heads in 4 groups
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.remove(mlp_of(1));
  plan.remove(attention_of(2));
  plan.set_width(mlp_of(2), 7);
  plan.set_width(attention_of(3), graph.unit_width(attention_of(3)));
  const ModelView view(graph, plan);
  const TemporaryDirectory directory;
  save_as(HuggingFaceDeci{.exact_widths = true}, view, directory / "deci");
  const nlohmann::json config = read_json_file(directory / "deci/config.json");
  CHECK(config.at("architectures") == nlohmann::json{"DeciLMForCausalLM"});
  CHECK(config.at("num_key_value_heads").is_null());
  CHECK(config.at("multipruner_layer_map") == nlohmann::json::parse("[[null, 0], [1, 2], [3, 3]]"));
  const nlohmann::json& blocks = config.at("block_configs");
  CHECK(blocks[0].at("attention").at("n_heads_in_group") == 8);
  CHECK(blocks[1].at("ffn").at("intermediate_size") == 7);
  CHECK(blocks[2].at("attention").at("n_heads_in_group") == 8);
  const Graph deci = load<>(directory / "deci");
  CHECK(deci.config().num_blocks() == 6);

  Plan smaller(deci);  // what is read is pruned, and written, like any other model
  smaller.remove({2});
  smaller.set_width(BlockId{5}, 3);
  const ModelView smaller_view(deci, smaller);
  save(smaller_view, directory / "own");
  const Graph own = load<>(directory / "own");
  CHECK(largest_difference(window_logits(smaller_view), window_logits(ModelView(own))) == 0);
  save_as(HuggingFaceDeci{}, smaller_view, directory / "again");
  expect_error<OptionError>([&] { save_as(HuggingFaceHull{}, smaller_view, directory / "hull"); },
                            {"hf: layer 1 attention", "groups"});
}

TEST_CASE("a Nemotron-NAS model whose heads are alike has a hull that is a Llama") {
  const Graph graph = load<>(model_folder("llama-gqa"));
  Plan plan(graph);
  plan.remove(attention_of(1));
  plan.remove(mlp_of(2));
  const ModelView view(graph, plan);
  const TemporaryDirectory directory;
  save_as(HuggingFaceDeci{}, view, directory / "deci");
  const Graph deci = load<>(directory / "deci");
  save_as(HuggingFaceHull{}, ModelView(deci), directory / "hull");
  const nlohmann::json config = read_json_file(directory / "hull/config.json");
  CHECK(config.at("architectures") == nlohmann::json{"LlamaForCausalLM"});
  CHECK_FALSE(config.contains("block_configs"));
  CHECK_FALSE(config.contains("auto_map"));
  const Graph hull = load<Llama>(directory / "hull");
  CHECK(largest_difference(window_logits(view), window_logits(ModelView(hull))) < 1e-4);
}

TEST_CASE("models that are no Llamas are refused by name") {
  const auto refused = [](const nlohmann::json& entries, const std::string& what) {
    const TemporaryDirectory directory;
    std::filesystem::copy(model_folder("qwen2"), directory / "model");
    const Graph graph = load<>(directory / "model");
    nlohmann::json config = read_json_file(directory / "model/config.json");
    config.update(entries);
    write_json_file(directory / "model/config.json", config);
    expect_error<OptionError>([&] { save_as(HuggingFaceDeci{}, ModelView(graph), directory / "deci"); },
                              {"hf-deci", what});
  };
  refused({{"sliding_window", 8}, {"use_sliding_window", true}}, "sliding window");

  const Graph llama = load<>(model_folder("llama-gqa"));
  ModelConfig config = llama.config();
  config.model_type = "gemma2";
  const Graph other(config, llama.weights(), llama.storage(), llama.origin());
  expect_error<OptionError>([&] { HuggingFaceDeci{}.require_exportable(ModelView(other)); }, {"hf-deci", "gemma2"});
}
