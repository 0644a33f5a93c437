// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/alibi_slopes.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/export/detail/write_packed.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/repack.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A model all of whose layers are alike.
struct Hull {
  std::vector<PackedLayer> layers;
  AttentionSpec attention;
  GatedMlpSpec mlp;
};

/// Whether transformers refuses a config.json whose number of heads does not divide hidden_size.
inline bool heads_must_divide(std::string_view model_type) {
  constexpr std::array<std::string_view, 4> families{"llama", "nemotron-nas", "gemma2", "gemma3_text"};
  return std::ranges::find(families, model_type) != families.end();
}

/// The fewest key/value heads, `needed` at least, with which the number of heads is one that the family may have.
inline Index allowed_groups(const ModelConfig& config, const AttentionSpec& attention, Index needed) {
  if (!heads_must_divide(config.model_type)) return needed;
  for (Index groups = needed; groups <= attention.num_key_value_heads; ++groups) {
    if (config.hidden_size % (groups * attention.heads_per_group()) == 0) return groups;
  }
  return needed;
}

/// Positions by ALiBi are those of the place of a head, which is not where it was if heads were reordered.
inline void require_heads_in_place(const ModelView& view, BlockId block, const AttentionSpec& spec) {
  const WeightView slopes = view.block(block)[Attention::slopes];
  const std::vector<float> by_place = alibi_slopes(spec.num_attention_heads);
  Matrix<float> values(1, slopes.columns);
  simd::to_float(slopes, values.view());
  if (std::equal(values.view().row(0), values.view().row(0) + slopes.columns, by_place.begin())) return;
  throw OptionError("hf: " + view.graph().spec(block).label(),
                    "its heads were reordered, and the format knows slopes of ALiBi by the places of heads alone",
                    "Prune with --reorder none, or save the model in the format multipruner");
}

/// What is normed over all heads of q and k is another thing with heads of zeros among them.
inline void require_no_padding(const ModelView& view, const Hull& hull) {
  for (const PackedLayer& layer : hull.layers) {
    if (!layer.attention || kept_groups(view, *layer.attention) == hull.attention.num_key_value_heads) continue;
    throw OptionError("hf: " + view.graph().spec(*layer.attention).label(),
                      "it has lost other heads than other layers, and heads of zeros would change the norms of q and k",
                      "Use --target hf, or save the model in the format multipruner");
  }
}

inline Hull hull_of(const ModelView& view, const HuggingFaceHull& exporter) {
  constexpr std::string_view format = HuggingFaceHull::name;
  require_one_stream(view, format);
  auto [attention, mlp] = common_specs(view.config(), format, true);
  Hull hull{repack(view.plan()), attention, mlp};
  if (hull.layers.empty()) hull.layers.emplace_back();  // a model has a layer
  const bool by_place = attention.positions == Positions::alibi;
  Index groups = exporter.all_heads || by_place ? attention.num_key_value_heads : 1, width = 1;
  for (const PackedLayer& layer : hull.layers) {
    if (layer.attention) groups = std::max(groups, kept_groups(view, *layer.attention));
    if (layer.attention && by_place) require_heads_in_place(view, *layer.attention, attention);
    if (layer.mlp) width = std::max(width, kept_width(view, *layer.mlp));
  }
  hull.attention.num_key_value_heads = allowed_groups(view.config(), attention, groups);
  hull.attention.num_attention_heads = hull.attention.num_key_value_heads * attention.heads_per_group();
  hull.mlp.intermediate_size = width;
  if (attention.query_key_norm == QueryKeyNorm::width) require_no_padding(view, hull);
  return hull;
}

inline PackedModel pack(const ModelView& view, const Hull& hull) {
  PackedModel packed(view);
  for (const PackedLayer& layer : hull.layers) {
    const Index width = layer.attention ? kept_width(view, *layer.attention) : 0;
    const Index key_values = layer.attention ? kept_groups(view, *layer.attention) * hull.attention.head_dim : 0;
    packed.add_attention(layer.attention, hull.attention,
                         {padded_channels(width, hull.attention.width()),
                          padded_channels(key_values, hull.attention.key_value_width())});
    packed.add_mlp(layer.mlp, hull.mlp);
    packed.end_layer();
  }
  return packed;
}

/// Families that list what their layers are.
inline bool lists_layer_types(const ModelConfig& config) {
  constexpr std::array<std::string_view, 5> families{"qwen2", "qwen3", "gemma2", "gemma3_text", "smollm3"};
  return std::ranges::find(families, config.model_type) != families.end();
}

/// Rules by which layers have windows, or positions, by their numbers, which they do not keep.
inline void forget_rules_of_layers(nlohmann::json& config, const ModelView& view) {
  if (!lists_layer_types(view.config())) return;
  for (const char* rule : {"sliding_window_pattern", "_sliding_window_pattern", "no_rope_layer_interval"}) {
    config.erase(rule);
  }
}

/// What the layers are, in place of such rules.
inline void list_layer_types(nlohmann::json& config, const ModelView& view, const std::vector<PackedLayer>& layers) {
  if (!lists_layer_types(view.config())) return;
  nlohmann::json types = nlohmann::json::array(), turned = nlohmann::json::array();
  bool windows = false, unturned = false;
  for (const PackedLayer& layer : layers) {
    const auto* spec = layer.attention ? view.graph().spec(*layer.attention).as<Attention>() : nullptr;
    const bool window = spec != nullptr && spec->sliding_window > 0;
    const bool has_positions = spec == nullptr || spec->positions != Positions::none;
    types.push_back(window ? "sliding_attention" : "full_attention");
    turned.push_back(has_positions ? 1 : 0);
    windows = windows || window;
    unturned = unturned || !has_positions;
  }
  const bool by_rule = view.config().model_type.starts_with("gemma");
  if (windows || by_rule || config.contains("layer_types")) config["layer_types"] = std::move(types);
  if (view.config().model_type == "smollm3") config["no_rope_layers"] = std::move(turned);
}

/// @throws OptionError where a reader of config.json would take a block for another one
inline void require_same_blocks(const nlohmann::json& config, const ModelView& view, const Hull& hull) {
  const ModelConfig read = configure<>(JsonReader(config, "config.json"));
  const auto require = [&](bool same, BlockId block) {
    if (same) return;
    throw OptionError("hf: " + view.graph().spec(block).label(),
                      "config.json of this family cannot say what it is where it would stand",
                      "Save the model in the format multipruner");
  };
  for (std::size_t layer = 0; layer < hull.layers.size(); ++layer) {
    const auto& [attention, mlp] = hull.layers[layer];
    const auto in_file = [&](std::string_view kind) {
      return read.blocks[read.blocks.find(static_cast<Index>(layer), kind).value()];
    };
    if (attention) {
      AttentionSpec spec = *view.graph().spec(*attention).as<Attention>();
      spec.num_attention_heads = hull.attention.num_attention_heads;
      spec.num_key_value_heads = hull.attention.num_key_value_heads;
      const BlockSpec found = in_file(Attention::name);
      require(*found.as<Attention>() == spec, *attention);
    }
    if (mlp) {
      GatedMlpSpec spec = *view.graph().spec(*mlp).as<GatedMlp>();
      spec.intermediate_size = hull.mlp.intermediate_size;
      const BlockSpec found = in_file(GatedMlp::name);
      require(*found.as<GatedMlp>() == spec, *mlp);
    }
  }
}

/// The config.json of a hull. What a model of layers that differ had more than a Llama is gone.
inline nlohmann::json config_of(const ModelView& view, const Hull& hull) {
  nlohmann::json config = source_config(view);
  if (config.value("model_type", "") == "nemotron-nas") {
    config["model_type"] = "llama";
    config["architectures"] = {"LlamaForCausalLM"};
    for (const char* key : {"block_configs", "auto_map"}) config.erase(key);
  }
  forget_rules_of_layers(config, view);
  set_layers(config, view, hull.layers, HuggingFaceHull::name);
  list_layer_types(config, view, hull.layers);
  config["intermediate_size"] = hull.mlp.intermediate_size;
  config["num_attention_heads"] = hull.attention.num_attention_heads;
  config["num_key_value_heads"] = hull.attention.num_key_value_heads;
  config["head_dim"] = hull.attention.head_dim;
  require_same_blocks(config, view, hull);
  return config;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void HuggingFaceHull::require_exportable(const ModelView& view) const {
  static_cast<void>(detail::config_of(view, detail::hull_of(view, *this)));
}

MULTIPRUNER_INLINE PaddingReport HuggingFaceHull::padding(const ModelView& view) const {
  return detail::pack(view, detail::hull_of(view, *this)).padding();
}

MULTIPRUNER_INLINE Index HuggingFaceHull::bytes(const ModelView& view) const {
  return detail::pack(view, detail::hull_of(view, *this)).bytes();
}

MULTIPRUNER_INLINE void HuggingFaceHull::write(const ModelView& view, const std::vector<BlockId>&,
                                               const std::filesystem::path& folder,
                                               const WriteObserver& on_written) const {
  const detail::Hull hull = detail::hull_of(view, *this);
  const Origin& origin = view.graph().origin();
  detail::copy_companions(origin.files(), folder);
  detail::write_config(folder, detail::config_of(view, hull));
  detail::write_packed(detail::pack(view, hull), detail::CheckpointTensors(origin.tensor_name, origin.is_transposed),
                       folder, {.max_shard_bytes = max_shard_bytes, .on_written = on_written});
}

MULTIPRUNER_INLINE Graph HuggingFaceHull::read_back(const std::filesystem::path& folder) const {
  return load<>(folder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
