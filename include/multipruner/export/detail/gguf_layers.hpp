// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/arch/detail/gguf_architecture.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/export/repack.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A model as a GGUF file has it.
struct PackedGguf {
  const ModelView* view;
  const GgufArchitecture* architecture;
  std::vector<PackedLayer> layers;
  std::vector<AttentionSpec> attention;  ///< of each layer; no heads: it has none
  std::vector<GatedMlpSpec> mlp;         ///< of each layer
  RopeConfig rope;                       ///< of all layers, or of those without a window
  RopeConfig local_rope;             ///< of layers with a window, where the architecture has other settings for them
  Index sliding_window;              ///< of those layers; 0: none has one
  Index context_length;              ///< also of the texts for which there are factors of longrope
  std::vector<double> long_factors;  ///< of longrope, one for each pair of channels that turn
};

/// What scores are multiplied by.
[[nodiscard]] double score_scale(const AttentionSpec& spec);

/// Whether layers of a family may differ in a file: those of Llamas, and of Baichuan, which is one when its fused
/// tensors are cut and the rows of its head normed.
[[nodiscard]] bool gguf_layers_may_differ(std::string_view model_type);

/// How a view becomes the layers of a file.
/// @param width_multiple  of which the widths of MLPs are, padded with zeros
/// @throws OptionError, naming what cannot be written: a family without an architecture, layers that differ where the
/// architecture has one width for all of them, and all that llama.cpp would compute otherwise
[[nodiscard]] PackedGguf packed_gguf(const ModelView& view, Index width_multiple);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/gguf_layers.ipp>
#endif
