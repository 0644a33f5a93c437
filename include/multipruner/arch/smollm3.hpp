// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// SmolLM3ForCausalLM (model_type "smollm3"): like Llama, of which some layers, usually every fourth, know no
/// positions.
struct SmolLm3 {
  static constexpr std::string_view model_type = "smollm3";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }

 private:
  /// For every layer whether it knows positions; despite its name, `no_rope_layers` has a 1 for those that do.
  static std::vector<bool> rotary_layers(const JsonReader& config, Index layers);
};

static_assert(Architecture<SmolLm3>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/smollm3.ipp>
#endif
