// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/export/detail/write_packed.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/repack.hpp>
#include <multipruner/io/checkpoint_writer.hpp>

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

inline Hull hull_of(const ModelView& view, const HuggingFaceHull& exporter) {
  constexpr std::string_view format = HuggingFaceHull::name;
  require_one_stream(view, format);
  auto [attention, mlp] = common_specs(view.config(), format, true);
  Hull hull{repack(view.plan()), attention, mlp};
  if (hull.layers.empty()) hull.layers.emplace_back();  // a model has a layer
  Index groups = exporter.all_heads ? attention.num_key_value_heads : 1, width = 1;
  for (const PackedLayer& layer : hull.layers) {
    if (layer.attention) groups = std::max(groups, kept_groups(view, *layer.attention));
    if (layer.mlp) width = std::max(width, kept_width(view, *layer.mlp));
  }
  hull.attention.num_key_value_heads = allowed_groups(view.config(), attention, groups);
  hull.attention.num_attention_heads = hull.attention.num_key_value_heads * attention.heads_per_group();
  hull.mlp.intermediate_size = width;
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

/// The config.json of a hull. What a model of layers that differ had more than a Llama is gone.
inline nlohmann::json config_of(const ModelView& view, const Hull& hull) {
  nlohmann::json config = source_config(view);
  if (config.value("model_type", "") == "nemotron-nas") {
    config["model_type"] = "llama";
    config["architectures"] = {"LlamaForCausalLM"};
    for (const char* key : {"block_configs", "auto_map"}) config.erase(key);
  }
  set_layers(config, view, hull.layers, HuggingFaceHull::name);
  config["intermediate_size"] = hull.mlp.intermediate_size;
  config["num_attention_heads"] = hull.attention.num_attention_heads;
  config["num_key_value_heads"] = hull.attention.num_key_value_heads;
  config["head_dim"] = hull.attention.head_dim;
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
  detail::copy_companions(origin.directory, folder);
  detail::write_config(folder, detail::config_of(view, hull));
  detail::write_packed(detail::pack(view, hull), detail::CheckpointTensors(origin.tensor_name, origin.is_transposed),
                       folder, {.max_shard_bytes = max_shard_bytes, .on_written = on_written});
}

MULTIPRUNER_INLINE Graph HuggingFaceHull::read_back(const std::filesystem::path& folder) const {
  return load<>(folder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
