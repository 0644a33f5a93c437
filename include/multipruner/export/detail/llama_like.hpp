// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/export/repack.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether models of a type are Llamas, as far as formats go whose layers may differ.
[[nodiscard]] bool is_llama_like(std::string_view model_type);

/// A view as layers of a Llama that differ. The first layer has attention: where the plan leaves it none, one that adds
/// nothing.
struct LlamaLayers {
  std::vector<PackedLayer> layers;
  CommonSpecs specs;  ///< of the unpruned model; groups of heads may differ from those of the first layer
};

/// @throws OptionError, naming the format, where the blocks of a model cannot be packed
[[nodiscard]] LlamaLayers layers_that_may_differ(const ModelView& view, std::string_view format);

/// The same of a Llama.
/// @throws OptionError, naming the format, where a model is no Llama, Mistral, Qwen 2 or Nemotron-NAS without a sliding
/// window, or its blocks cannot be packed
[[nodiscard]] LlamaLayers llama_layers(const ModelView& view, std::string_view format);

/// Whether a layer of the file has attention.
[[nodiscard]] inline bool has_attention(const LlamaLayers& model, std::size_t layer) {
  return layer == 0 || model.layers[layer].attention.has_value();
}

/// How a block's heads lie among those of a file that has more of them: each key/value head with its query heads in
/// front, zeros behind.
/// @param block  nothing: zeros alone @param file  sizes of the attention of the file
[[nodiscard]] HeadOrder spread_heads(const ModelView& view, std::optional<BlockId> block, const AttentionSpec& file);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/llama_like.ipp>
#endif
