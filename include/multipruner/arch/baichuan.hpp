// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// BaichuanForCausalLM (model_type "baichuan"): like Llama, with q, k and v in one tensor. Models of 7B have rotary
/// positions, those of 13B ALiBi: their config.json has no `max_position_embeddings`. Logits of Baichuan 2 are of the
/// rows of the head divided by their norms; only those of Baichuan 1, of 64000 tokens, are not.
///
/// A checkpoint that we write of a model with ALiBi also has the slopes of its heads, `self_attn.alibi_slopes`: heads
/// that are left after others were removed, or reordered, keep theirs.
struct Baichuan {
  static constexpr std::string_view model_type = "baichuan";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer);
};

static_assert(Architecture<Baichuan>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/baichuan.ipp>
#endif
