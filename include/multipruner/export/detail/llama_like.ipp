// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/llama_like.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool is_llama_like(std::string_view model_type) {
  constexpr std::array<std::string_view, 4> families{"llama", "mistral", "nemotron-nas", "qwen2"};
  return std::ranges::find(families, model_type) != families.end();
}

inline void require_llama_like(const ModelView& view, std::string_view format) {
  const ModelConfig& config = view.config();
  const auto refuse = [&](std::string problem) {
    throw OptionError(std::string(format), std::move(problem), "Save the model in the format hf or multipruner");
  };
  if (!is_llama_like(config.model_type)) {
    refuse("it holds Llama-like models, not those of type \"" + config.model_type + "\"");
  }
  if (config.final_layer_norm || config.head_bias || config.normalized_head) {
    refuse("it has no place for a last norm or a head other than Llama's");
  }
  const nlohmann::json source = source_config(view);
  const auto window = source.find("sliding_window");
  const bool has_window = window != source.end() && !window->is_null();
  if (has_window && (config.model_type != "qwen2" || source.value("use_sliding_window", false))) {
    refuse("it has no place for the sliding window of this model");
  }
}

MULTIPRUNER_INLINE LlamaLayers layers_that_may_differ(const ModelView& view, std::string_view format) {
  require_one_stream(view, format);
  LlamaLayers model{repack(view.plan()), common_specs(view.config(), format, false)};
  if (model.layers.empty()) model.layers.emplace_back();
  return model;
}

MULTIPRUNER_INLINE LlamaLayers llama_layers(const ModelView& view, std::string_view format) {
  LlamaLayers model = layers_that_may_differ(view, format);
  require_llama_like(view, format);
  return model;
}

MULTIPRUNER_INLINE HeadOrder spread_heads(const ModelView& view, std::optional<BlockId> block,
                                          const AttentionSpec& file) {
  const Index groups = block ? kept_groups(view, *block) : 0;
  const Index group_width = block ? view.graph().unit_width(*block) : 0;
  HeadOrder order{ChannelOrder(static_cast<std::size_t>(file.width()), no_channel),
                  padded_channels(groups * file.head_dim, file.key_value_width())};
  for (Index group = 0; group < groups; ++group) {
    for (Index channel = 0; channel < group_width; ++channel) {
      order.queries[static_cast<std::size_t>(group * file.group_width() + channel)] = group * group_width + channel;
    }
  }
  return order;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
