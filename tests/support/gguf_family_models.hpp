// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/random_checkpoint.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::test {

/// A small random model of a family that GGUF files hold, as far as llama.cpp has no number of its own for it.
struct GgufFamilyModel {
  std::string name{};
  std::string architecture{};  ///< of the file, where layers are alike
  RandomCheckpoint (*make)(const nlohmann::json& config) = nullptr;
  nlohmann::json config{};
  std::vector<Index> removable{};  ///< layers that may go together
  bool keeps_heads = false;        ///< llama.cpp wants all heads

  void write(const std::filesystem::path& folder) const { make(config).write(folder); }

  /// With gates of MLPs that are far from 0 almost always, where all activations are the same.
  void write_steep(const std::filesystem::path& folder) const {
    RandomCheckpoint checkpoint = make(config);
    constexpr float steepness = 512;
    for (RandomCheckpoint::Tensor& tensor : checkpoint.tensors) {
      const bool is_gate = tensor.name.ends_with("gate_proj.weight");
      if (!is_gate && !tensor.name.ends_with("down_proj.weight")) continue;
      for (float& value : tensor.values) value *= is_gate ? steepness : 1 / steepness;
    }
    checkpoint.write(folder);
  }

  /// The whole model ("whole"); with narrower blocks ("narrow"); also without some layers ("short").
  [[nodiscard]] Plan plan(const Graph& graph, const std::string& kind) const {
    Plan plan(graph);
    if (kind == "whole") return plan;
    for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
      plan.set_width(mlp_of(layer), 24);
      if (!keeps_heads) plan.set_width(attention_of(layer), graph.unit_width(attention_of(layer)));
    }
    if (kind == "narrow") return plan;
    for (const Index layer : removable) {
      plan.remove(attention_of(layer));
      plan.remove(mlp_of(layer));
    }
    return plan;
  }
};

/// One of every family, and of what their models differ in.
inline std::vector<GgufFamilyModel> gguf_family_models() {
  using nlohmann::json;
  const auto config = [](const char* model_type, json more) {
    json all{{"model_type", model_type},
             {"vocab_size", 61},
             {"hidden_size", 32},
             {"intermediate_size", 40},
             {"num_hidden_layers", 8},
             {"num_attention_heads", 4},
             {"num_key_value_heads", 2},
             {"head_dim", 16},
             {"rms_norm_eps", 1e-5},
             {"max_position_embeddings", 64},
             {"tie_word_embeddings", false},
             {"attention_bias", false}};
    all.update(more);
    return all;
  };
  const json gemma3{{"query_pre_attn_scalar", 16},
                    {"sliding_window", 5},
                    {"rope_theta", 1e6},
                    {"rope_local_base_freq", 10000.0},
                    {"tie_word_embeddings", true}};
  json scaled_gemma3 = gemma3;
  scaled_gemma3.update({{"rope_scaling", {{"rope_type", "linear"}, {"factor", 8.0}}},
                        {"final_logit_softcapping", 3.0},
                        {"rope_local_base_freq", 500.0},
                        {"tie_word_embeddings", false}});
  return {
      {.name = "qwen3",
       .architecture = "qwen3",
       .make = RandomCheckpoint::make<Qwen3>,
       .config = config("qwen3", {{"rope_theta", 1e6}}),
       .removable = {0, 3, 4}},
      {.name = "qwen3-tied",
       .architecture = "qwen3",
       .make = RandomCheckpoint::make<Qwen3>,
       .config = config("qwen3", {{"tie_word_embeddings", true}}),
       .removable = {7}},
      {.name = "gemma",
       .architecture = "gemma",
       .make = RandomCheckpoint::make<Gemma>,
       .config = config("gemma", {{"tie_word_embeddings", true}}),
       .removable = {1, 2, 6}},
      {.name = "gemma2",
       .architecture = "gemma2",
       .make = RandomCheckpoint::make<Gemma2>,
       .config = config("gemma2", {{"query_pre_attn_scalar", 16},
                                   {"attn_logit_softcapping", 3.0},
                                   {"final_logit_softcapping", 5.0},
                                   {"sliding_window", 5},
                                   {"tie_word_embeddings", true}}),
       .removable = {3, 4}},
      {.name = "gemma3",
       .architecture = "gemma3",
       .make = RandomCheckpoint::make<Gemma3>,
       .config = config("gemma3_text", gemma3),
       .removable = {7}},
      {.name = "gemma3-scaled",
       .architecture = "gemma3",
       .make = RandomCheckpoint::make<Gemma3>,
       .config = config("gemma3_text", scaled_gemma3),
       .removable = {6, 7}},
      {.name = "phi3",
       .architecture = "phi3",
       .make = RandomCheckpoint::make<Phi3>,
       .config = config("phi3", {{"head_dim", 8}}),
       .removable = {0, 1, 6},
       .keeps_heads = true},
      {.name = "phi3-partial",
       .architecture = "phi3",
       .make = RandomCheckpoint::make<Phi3>,
       .config = config("phi3", {{"head_dim", 8}, {"partial_rotary_factor", 0.5}, {"sliding_window", 48}}),
       .removable = {7},
       .keeps_heads = true},
      {.name = "phi3-longrope",
       .architecture = "phi3",
       .make = RandomCheckpoint::make<Phi3>,
       .config = config(
           "phi3",
           {{"head_dim", 8},
            {"max_position_embeddings", 1024},
            {"original_max_position_embeddings", 512},
            {"tie_word_embeddings", true},
            {"rope_scaling",
             {{"type", "longrope"}, {"short_factor", {1.0, 1.05, 1.3, 2.5}}, {"long_factor", {2.0, 3.1, 5.0, 9.9}}}}}),
       .removable = {3, 4},
       .keeps_heads = true},
      {.name = "smollm3",
       .architecture = "smollm3",
       .make = RandomCheckpoint::make<SmolLm3>,
       .config = config("smollm3", {{"tie_word_embeddings", true}}),
       .removable = {1, 2, 3, 4}},
      {.name = "olmo2",
       .architecture = "olmo2",
       .make = RandomCheckpoint::make<Olmo2>,
       .config = config("olmo2", {{"head_dim", 8}}),
       .removable = {2, 5},
       .keeps_heads = true},
      {.name = "granite",
       .architecture = "granite",
       .make = RandomCheckpoint::make<Granite>,
       .config = config("granite", {{"embedding_multiplier", 3.0},
                                    {"attention_multiplier", 0.3},
                                    {"residual_multiplier", 0.4},
                                    {"logits_scaling", 2.5}}),
       .removable = {0, 7}},
      {.name = "granite-biases",
       .architecture = "granite",
       .make = RandomCheckpoint::make<Granite>,
       .config = config("granite", {{"attention_bias", true},
                                    {"mlp_bias", true},
                                    {"attention_multiplier", 0.25},
                                    {"rope_scaling",
                                     {{"rope_type", "llama3"},
                                      {"factor", 8.0},
                                      {"low_freq_factor", 1.0},
                                      {"high_freq_factor", 4.0},
                                      {"original_max_position_embeddings", 32}}}}),
       .removable = {3}},
      {.name = "baichuan",
       .architecture = "llama",
       .make = RandomCheckpoint::make<Baichuan>,
       .config = config("baichuan", {{"head_dim", 8}, {"num_key_value_heads", 4}}),
       .removable = {1, 2}},
  };
}

/// The one of a name; nothing where there is none.
inline std::optional<GgufFamilyModel> find_family_model(const std::string& name) {
  std::vector<GgufFamilyModel> models = gguf_family_models();
  for (GgufFamilyModel& model : models) {
    if (model.name == name) return std::move(model);
  }
  return std::nullopt;
}

}  // namespace multipruner::test
