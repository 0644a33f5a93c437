// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Qwen3ForCausalLM (model_type "qwen3"): like Llama, with a norm of every head of queries and keys; layers may have
/// windows as those of Qwen2.
struct Qwen3 {
  static constexpr std::string_view model_type = "qwen3";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Qwen3>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/qwen3.ipp>
#endif
