// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Phi3ForCausalLM (model_type "phi3"): Phi-3, Phi-3.5, Phi-4. Like Llama, with q, k and v in one tensor, and gate and
/// up; it may turn a part of a head, have a sliding window in all layers, and longrope (see `read_config`).
struct Phi3 {
  static constexpr std::string_view model_type = "phi3";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer);
};

static_assert(Architecture<Phi3>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/phi3.ipp>
#endif
