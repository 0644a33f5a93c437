// SPDX-License-Identifier: MIT
// Families besides Llama and Qwen 2, in GGUF files as llama.cpp's converter writes them.

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/rewritten_gguf.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/io/checkpoint.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

/// What stands for a name of a layer of Hugging Face. Gemma 2 and 3 and OLMo 2 have norms behind blocks.
std::string gguf_rest(const std::string& name, bool has_post_norms) {
  const std::map<std::string, std::string> names{
      {"input_layernorm.weight", "attn_norm.weight"},
      {"post_attention_layernorm.weight", has_post_norms ? "post_attention_norm.weight" : "ffn_norm.weight"},
      {"pre_feedforward_layernorm.weight", "ffn_norm.weight"},
      {"post_feedforward_layernorm.weight", "post_ffw_norm.weight"},
      {"self_attn.q_proj.weight", "attn_q.weight"},
      {"self_attn.k_proj.weight", "attn_k.weight"},
      {"self_attn.v_proj.weight", "attn_v.weight"},
      {"self_attn.o_proj.weight", "attn_output.weight"},
      {"self_attn.q_norm.weight", "attn_q_norm.weight"},
      {"self_attn.k_norm.weight", "attn_k_norm.weight"},
      {"self_attn.qkv_proj.weight", "attn_qkv.weight"},
      {"mlp.gate_proj.weight", "ffn_gate.weight"},
      {"mlp.up_proj.weight", "ffn_up.weight"},
      {"mlp.gate_up_proj.weight", "ffn_up.weight"},
      {"mlp.down_proj.weight", "ffn_down.weight"}};
  return names.at(name);
}

std::string gguf_name_of(const std::string& name, bool has_post_norms) {
  const std::map<std::string, std::string> ends{{"model.embed_tokens.weight", "token_embd.weight"},
                                                {"model.norm.weight", "output_norm.weight"},
                                                {"lm_head.weight", "output.weight"}};
  if (const auto end = ends.find(name); end != ends.end()) return end->second;
  const std::string prefix = "model.layers.";
  const std::size_t dot = name.find('.', prefix.size());
  return "blk." + name.substr(prefix.size(), dot - prefix.size()) + "." +
         gguf_rest(name.substr(dot + 1), has_post_norms);
}

/// The rows of queries or keys, of which those that turn together lie side by side.
std::vector<WeightView> rows_of_pairs(const WeightView& view, Index head_dim) {
  std::vector<WeightView> rows;
  for (Index row = 0; row < view.rows; ++row) {
    const Index channel = row % head_dim;
    rows.push_back(view.row_range(row - channel + channel % 2 * (head_dim / 2) + channel / 2, 1));
  }
  return rows;
}

/// A checkpoint in float32 as a file of an architecture, with keys of its own.
void write_as(const std::string& architecture, const std::filesystem::path& folder, const std::filesystem::path& file,
              std::vector<GgufKey> more) {
  const json config = read_json_file(folder / "config.json");
  const Checkpoint checkpoint(folder);
  const bool is_gemma = architecture.starts_with("gemma");
  const bool has_post_norms = architecture == "olmo2" || (is_gemma && architecture != "gemma");
  const bool has_pairs = architecture == "smollm3" || architecture == "granite";
  std::vector<GgufTensor> tensors;
  for (const std::string& name : checkpoint.names()) {
    const StoredTensor tensor = checkpoint.get(name);
    GgufTensor written{.name = gguf_name_of(name, has_post_norms), .shape = tensor.shape, .pieces = {tensor.view}};
    if (has_pairs && (name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight"))) {
      written.pieces = rows_of_pairs(tensor.view, config.at("head_dim"));
    }
    if (is_gemma && name.ends_with("norm.weight")) {
      written.pieces.clear();
      written.source = [tensor](Index, MatrixView<float> rows) {
        const auto* values = static_cast<const float*>(tensor.view.data);
        for (Index i = 0; i < rows.columns; ++i) rows.row(0)[i] = values[i] + 1;
      };
    }
    tensors.push_back(std::move(written));
  }
  std::vector<GgufKey> keys{{"general.architecture", architecture}};
  const auto add = [&](const char* name, const char* entry) {
    keys.push_back({architecture + "." + name, config.at(entry).get<std::uint32_t>()});
  };
  add("block_count", "num_hidden_layers");
  add("embedding_length", "hidden_size");
  add("feed_forward_length", "intermediate_size");
  add("attention.head_count", "num_attention_heads");
  add("attention.head_count_kv", "num_key_value_heads");
  add("context_length", "max_position_embeddings");
  keys.push_back({architecture + ".attention.layer_norm_rms_epsilon", config.at("rms_norm_eps").get<float>()});
  for (GgufKey& key : more) keys.push_back({architecture + "." + key.name, std::move(key.value)});
  write_gguf(file, keys, tensors);
}

json small_config(json more) {
  json config{{"vocab_size", 61},
              {"hidden_size", 24},
              {"intermediate_size", 20},
              {"num_hidden_layers", 7},
              {"num_attention_heads", 4},
              {"num_key_value_heads", 2},
              {"rms_norm_eps", 1e-6},
              {"head_dim", 8},
              {"max_position_embeddings", 64},
              {"attention_bias", false}};
  config.update(more);
  return config;
}

/// Whether a model computes the same from the file as from the folder, up to what norms lose of their 1.
void check_same(const std::filesystem::path& folder, const std::filesystem::path& file) {
  const Graph expected = load<>(folder), read = load<>(file);
  CHECK(read.config().model_type == expected.config().model_type);
  CHECK(largest_difference(window_logits(ModelView(expected)), window_logits(ModelView(read))) < 1e-5);
}

}  // namespace

TEST_CASE("Qwen 3 comes out of a GGUF file") {
  const TemporaryDirectory directory;
  const json config = small_config({{"model_type", "qwen3"}, {"rope_theta", 1e6}, {"tie_word_embeddings", true}});
  RandomCheckpoint::make<Qwen3>(config).write(directory / "folder");
  write_as("qwen3", directory / "folder", directory / "model.gguf",
           {{"attention.key_length", std::uint32_t{8}},
            {"attention.value_length", std::uint32_t{8}},
            {"rope.freq_base", 1e6F}});
  check_same(directory / "folder", directory / "model.gguf");
}

TEST_CASE("Gemma comes out of a GGUF file, with the 1 that its norms have there taken away") {
  const TemporaryDirectory directory;
  const std::vector<GgufKey> heads{{"attention.key_length", std::uint32_t{8}},
                                   {"attention.value_length", std::uint32_t{8}}};
  SECTION("Gemma") {
    RandomCheckpoint::make<Gemma>(small_config({{"model_type", "gemma"}})).write(directory / "folder");
    write_as("gemma", directory / "folder", directory / "model.gguf", heads);
  }
  SECTION("Gemma 2") {
    RandomCheckpoint::make<Gemma2>(small_config({{"model_type", "gemma2"},
                                                 {"query_pre_attn_scalar", 8},
                                                 {"attn_logit_softcapping", 3.0},
                                                 {"final_logit_softcapping", 5.0},
                                                 {"sliding_window", 9}}))
        .write(directory / "folder");
    std::vector<GgufKey> keys = heads;
    keys.push_back({"attn_logit_softcapping", 3.0F});
    keys.push_back({"final_logit_softcapping", 5.0F});
    keys.push_back({"attention.sliding_window", std::uint32_t{9}});
    write_as("gemma2", directory / "folder", directory / "model.gguf", keys);
  }
  SECTION("Gemma 3") {
    RandomCheckpoint::make<Gemma3>(small_config({{"model_type", "gemma3_text"},
                                                 {"query_pre_attn_scalar", 8},
                                                 {"rope_theta", 1e6},
                                                 {"rope_local_base_freq", 10000.0},
                                                 {"rope_scaling", {{"rope_type", "linear"}, {"factor", 8.0}}},
                                                 {"sliding_window", 9}}))
        .write(directory / "folder");
    std::vector<GgufKey> keys = heads;
    keys.push_back({"rope.freq_base", 1e6F});
    keys.push_back({"rope.scaling.type", std::string("linear")});
    keys.push_back({"rope.scaling.factor", 8.0F});
    keys.push_back({"attention.sliding_window", std::uint32_t{9}});
    write_as("gemma3", directory / "folder", directory / "model.gguf", keys);
  }
  SECTION("Gemma 3 without windows: all layers turn by the base of all") {
    nlohmann::json config =
        small_config({{"model_type", "gemma3_text"}, {"query_pre_attn_scalar", 8}, {"rope_theta", 1e6}});
    config["layer_types"] =
        std::vector<std::string>(config.at("num_hidden_layers").get<std::size_t>(), "full_attention");
    RandomCheckpoint::make<Gemma3>(config).write(directory / "folder");
    std::vector<GgufKey> keys = heads;
    keys.push_back({"rope.freq_base", 1e6F});
    write_as("gemma3", directory / "folder", directory / "model.gguf", keys);
    CHECK(load<>(directory / "model.gguf").spec(attention_of(0)).as<Attention>()->sliding_window == 0);
  }
  check_same(directory / "folder", directory / "model.gguf");
}

TEST_CASE("SmolLM 3, OLMo 2 and Granite come out of GGUF files") {
  const TemporaryDirectory directory;
  std::vector<GgufKey> keys{{"attention.key_length", std::uint32_t{8}}, {"attention.value_length", std::uint32_t{8}}};
  SECTION("SmolLM 3") {
    RandomCheckpoint::make<SmolLm3>(small_config({{"model_type", "smollm3"}})).write(directory / "folder");
    keys.push_back({"rope.freq_base", 2e6F});
    write_as("smollm3", directory / "folder", directory / "model.gguf", keys);
  }
  SECTION("OLMo 2") {
    RandomCheckpoint::make<Olmo2>(small_config({{"model_type", "olmo2"}})).write(directory / "folder");
    write_as("olmo2", directory / "folder", directory / "model.gguf", keys);
  }
  SECTION("Granite") {
    RandomCheckpoint::make<Granite>(small_config({{"model_type", "granite"},
                                                  {"embedding_multiplier", 12.0},
                                                  {"attention_multiplier", 0.3},
                                                  {"residual_multiplier", 0.22},
                                                  {"logits_scaling", 8.0}}))
        .write(directory / "folder");
    keys.push_back({"embedding_scale", 12.0F});
    keys.push_back({"attention.scale", 0.3F});
    keys.push_back({"residual_scale", 0.22F});
    keys.push_back({"logit_scale", 8.0F});
    write_as("granite", directory / "folder", directory / "model.gguf", keys);
  }
  SECTION("Granite without numbers of its own") {
    RandomCheckpoint::make<Granite>(
        small_config({{"model_type", "granite"}, {"attention_multiplier", std::sqrt(0.125)}}))
        .write(directory / "folder");
    keys.push_back({"logit_scale", 1.0F});
    write_as("granite", directory / "folder", directory / "model.gguf", keys);
  }
  check_same(directory / "folder", directory / "model.gguf");
}

TEST_CASE("layers with a window may be listed in the file, or counted") {
  const TemporaryDirectory directory;
  json config = small_config({{"model_type", "gemma2"}, {"query_pre_attn_scalar", 8}, {"sliding_window", 9}});
  std::vector<GgufKey> keys{{"attention.key_length", std::uint32_t{8}},
                            {"attention.value_length", std::uint32_t{8}},
                            {"attention.sliding_window", std::uint32_t{9}}};
  const auto set_types = [&](const std::vector<int>& windows) {
    config["layer_types"] = json::array();
    for (const int window : windows) {
      config["layer_types"].push_back(window != 0 ? "sliding_attention" : "full_attention");
    }
  };
  const auto check = [&](GgufKey::Value pattern) {
    RandomCheckpoint::make<Gemma2>(config).write(directory / "folder");
    keys.push_back({"attention.sliding_window_pattern", std::move(pattern)});
    write_as("gemma2", directory / "folder", directory / "model.gguf", keys);
    check_same(directory / "folder", directory / "model.gguf");
  };
  SECTION("flags") {
    set_types({1, 1, 0, 0, 1, 0, 1});
    check(std::vector<bool>{true, true, false, false, true, false, true});
  }
  SECTION("numbers") {
    set_types({0, 1, 0, 0, 1, 1, 1});
    check(std::vector<std::uint32_t>{0, 1, 0, 0, 1, 1, 1});
  }
  SECTION("every third has none") {
    set_types({1, 1, 0, 1, 1, 0, 1});
    check(std::uint32_t{3});
  }
  SECTION("too few") {
    set_types({1, 1, 0, 1, 1, 0, 1});
    expect_error<DataError>(
        [&] {
          check(std::vector<bool>{true, false});
        },
        {"sliding_window_pattern", "2 entries for 7 layers"});
  }
}

TEST_CASE("Phi-3 comes out of a GGUF file") {
  const auto folder = reference_path("golden/arch/phi3");
  SKIP_WITHOUT(folder);
  const TemporaryDirectory directory;
  write_as("phi3", folder, directory / "model.gguf", {{"rope.dimension_count", std::uint32_t{12}}});
  check_same(folder, directory / "model.gguf");
}

TEST_CASE("longrope comes out of a GGUF file of Phi-3, and is refused of others") {
  const std::filesystem::path folder = source_path("tests/data/families/phi3-longrope");
  const TemporaryDirectory directory;
  write_as("phi3", folder, directory / "short.gguf",
           {{"rope.dimension_count", std::uint32_t{8}},
            {"rope.scaling.original_context_length", std::uint32_t{32}},
            {"rope.scaling.attn_factor", static_cast<float>(std::sqrt(1 + std::log(2.0) / std::log(32.0)))}});
  const auto with_factors = [&](const std::vector<float>& factors, const std::string& architecture) {
    rewrite_gguf(directory / "short.gguf", directory / "long.gguf", [&](GgufContents& file) {
      for (const char* name : {"rope_factors_long.weight", "rope_factors_short.weight"}) {
        file.tensors.push_back({.name = name,
                                .shape = {std::ssize(factors)},
                                .pieces = {WeightView(factors.data(), 1, std::ssize(factors))}});
      }
      for (GgufKey& key : file.keys) {
        if (key.name.starts_with("phi3.")) key.name.replace(0, 4, architecture);
      }
      file.set("general.architecture", architecture);
    });
    return directory / "long.gguf";
  };
  check_same(folder, with_factors({1.0F, 1.2F, 1.5F, 2.5F}, "phi3"));
  const auto refuse = [&](const std::filesystem::path& file) { static_cast<void>(load<>(file)); };
  expect_error<DataError>(
      [&] {
        refuse(with_factors({1.0F, 1.2F}, "phi3"));
      },
      {"rope_factors_short.weight", "one value for each pair"});
  expect_error<UnsupportedError>(
      [&] {
        refuse(with_factors({1.0F, 1.2F, 1.5F, 2.5F}, "llama"));
      },
      {"rope_factors_long.weight", "longrope"});
}
