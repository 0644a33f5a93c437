// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// DeciLMForCausalLM: Nemotron-NAS models (model_type "nemotron-nas"), which are Llamas whose layers differ. For each
/// of them, `block_configs` says whether it has attention and an MLP, how many query heads share a key/value head, and
/// how wide the MLP is: `ffn_mult`, or `intermediate_size` itself. HuggingFaceDeci writes such models. An entry may
/// also have `num_attention_heads` of its own, which only `GgufModel` gives it.
struct Deci {
  static constexpr std::string_view model_type = "nemotron-nas";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }

  /// The width of an MLP that an `ffn_mult` stands for: ⌊2 · ffn_mult · hidden_size / 3⌋, up to the next multiple of
  /// 256 (`_ffn_mult_to_intermediate_size` of all engines).
  [[nodiscard]] static Index intermediate_size(double ffn_mult, Index hidden_size);

  /// An `ffn_mult` of six digits, which is as many as engines read, that stands for a width: of all of them the one in
  /// the middle. @param width  a multiple of 256
  [[nodiscard]] static double ffn_mult(Index width, Index hidden_size);
};

static_assert(Architecture<Deci>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/deci.ipp>
#endif
