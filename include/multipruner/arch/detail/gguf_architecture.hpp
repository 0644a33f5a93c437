// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/arch/phi3.hpp>
#include <multipruner/blocks/activation.hpp>
#include <multipruner/blocks/query_key_norm.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/tensor_role.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An architecture of llama.cpp, the family that it is of, and what its graph computes of all models, or by the number
/// of a layer, without a key that says so. Source: src/models of github.com/ggml-org/llama.cpp, October 2026.
struct GgufArchitecture {
  std::string_view name, model_type, class_name;
  bool may_differ = false;          ///< layers may be of different widths; else those of the first are those of all
  bool pairs_side_by_side = false;  ///< rows of queries and keys that turn together lie side by side
  bool norms_plus_one = false;      ///< norms have the 1 in them that the family adds, and embeddings are scaled
  bool fused = false;               ///< q, k and v are one tensor, gate and up another; a part of a head may turn
  bool whole_width = false;         ///< all heads together are as wide as the stream
  bool multipliers = false;         ///< keys have what embeddings, scores, additions and logits are multiplied by
  bool may_be_tied = true, may_be_untied = true;
  bool qkv_bias = false, other_biases = false;  ///< whether there may be biases on q, k, v; on all other linears
  bool llama3_scaling = false;                  ///< whether the factors of Llama 3's rotary scaling are a tensor of it
  bool longrope = false;                        ///< whether long and short factors of longrope are
  bool pre_norm = true, post_norm = false;
  bool score_cap = false, logit_cap = false;  ///< always on; what keys do not say is 50 and 30
  bool optional_logit_cap = false;
  bool local_rope = false;       ///< layers with a window turn by settings of their own
  bool window_of_all = false;    ///< a window is one of all layers
  Index full_every = 0;          ///< all layers have a window but every n-th; 0: none has
  Index unturned_every = 0;      ///< every n-th layer has no positions; 0: all have
  Index scaled_by_width_at = 0;  ///< with so many layers, scores are divided by the root of hidden_size / heads
  Activation activation = Activation::silu;
  QueryKeyNorm query_key_norm = QueryKeyNorm::none;
  std::string (*tensor_name)(TensorRole role, Index layer) = hugging_face::tensor_name;

  [[nodiscard]] constexpr bool has_windows() const { return window_of_all || full_every > 0; }
  [[nodiscard]] constexpr bool has_window(Index layer) const {
    return window_of_all || (full_every > 0 && layer % full_every != full_every - 1);
  }
  [[nodiscard]] constexpr bool is_turned(Index layer) const {
    return unturned_every == 0 || layer % unturned_every != unturned_every - 1;
  }

  /// Whether what llama.cpp computes depends on the number of a layer, which layers behind a removed one do not keep.
  [[nodiscard]] constexpr bool counts_layers() const {
    return full_every > 0 || unturned_every > 0 || scaled_by_width_at > 0;
  }
};

inline constexpr std::array gguf_architectures{
    GgufArchitecture{.name = "llama",
                     .model_type = "llama",
                     .class_name = "LlamaForCausalLM",
                     .pairs_side_by_side = true,
                     .qkv_bias = true,
                     .other_biases = true,
                     .llama3_scaling = true},
    GgufArchitecture{.name = "deci",
                     .model_type = "llama",
                     .class_name = "LlamaForCausalLM",
                     .may_differ = true,
                     .pairs_side_by_side = true,
                     .qkv_bias = true,
                     .other_biases = true,
                     .llama3_scaling = true},
    GgufArchitecture{.name = "qwen2",
                     .model_type = "qwen2",
                     .class_name = "Qwen2ForCausalLM",
                     .whole_width = true,
                     .qkv_bias = true},
    GgufArchitecture{
        .name = "qwen3", .model_type = "qwen3", .class_name = "Qwen3ForCausalLM", .query_key_norm = QueryKeyNorm::head},
    GgufArchitecture{.name = "gemma",
                     .model_type = "gemma",
                     .class_name = "GemmaForCausalLM",
                     .norms_plus_one = true,
                     .may_be_untied = false,
                     .activation = Activation::gelu_tanh},
    GgufArchitecture{.name = "gemma2",
                     .model_type = "gemma2",
                     .class_name = "Gemma2ForCausalLM",
                     .norms_plus_one = true,
                     .may_be_untied = false,
                     .post_norm = true,
                     .score_cap = true,
                     .logit_cap = true,
                     .full_every = 2,
                     .scaled_by_width_at = 46,
                     .activation = Activation::gelu_tanh,
                     .tensor_name = hugging_face::tensor_name_with_post_norms},
    GgufArchitecture{.name = "gemma3",
                     .model_type = "gemma3_text",
                     .class_name = "Gemma3ForCausalLM",
                     .norms_plus_one = true,
                     .post_norm = true,
                     .optional_logit_cap = true,
                     .local_rope = true,
                     .full_every = 6,
                     .scaled_by_width_at = 62,
                     .activation = Activation::gelu_tanh,
                     .query_key_norm = QueryKeyNorm::head,
                     .tensor_name = hugging_face::tensor_name_with_post_norms},
    GgufArchitecture{.name = "phi3",
                     .model_type = "phi3",
                     .class_name = "Phi3ForCausalLM",
                     .fused = true,
                     .whole_width = true,
                     .longrope = true,
                     .window_of_all = true,
                     .tensor_name = Phi3::tensor_name},
    GgufArchitecture{.name = "smollm3",
                     .model_type = "smollm3",
                     .class_name = "SmolLM3ForCausalLM",
                     .pairs_side_by_side = true,
                     .unturned_every = 4},
    GgufArchitecture{.name = "olmo2",
                     .model_type = "olmo2",
                     .class_name = "Olmo2ForCausalLM",
                     .whole_width = true,
                     .may_be_tied = false,
                     .pre_norm = false,
                     .post_norm = true,
                     .query_key_norm = QueryKeyNorm::width},
    GgufArchitecture{.name = "granite",
                     .model_type = "granite",
                     .class_name = "GraniteForCausalLM",
                     .pairs_side_by_side = true,
                     .multipliers = true,
                     .qkv_bias = true,
                     .other_biases = true,
                     .llama3_scaling = true},
};

/// The architecture of a name; null where there is none.
[[nodiscard]] constexpr const GgufArchitecture* gguf_architecture(std::string_view name) {
  for (const GgufArchitecture& architecture : gguf_architectures) {
    if (architecture.name == name) return &architecture;
  }
  return nullptr;
}

/// The architecture of a family; the first of those of Llama; null where there is none.
[[nodiscard]] constexpr const GgufArchitecture* gguf_architecture_of(std::string_view model_type) {
  for (const GgufArchitecture& architecture : gguf_architectures) {
    if (architecture.model_type == model_type) return &architecture;
  }
  return nullptr;
}

/// Whether a tensor is a norm.
[[nodiscard]] constexpr bool is_norm(TensorRole role) {
  return role.name().find("norm") != std::string_view::npos;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
