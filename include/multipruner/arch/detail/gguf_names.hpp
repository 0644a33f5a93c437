// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/blocks/rope_config.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/tensor_role.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The name of a tensor in GGUF files; nothing where they have no such tensor.
[[nodiscard]] std::optional<std::string> known_gguf_name(TensorRole role, Index layer);

/// The same. @throws OptionError where they have no such tensor
[[nodiscard]] std::string gguf_name(TensorRole role, Index layer);

/// What a tensor of such a file is in the model, and in which layer, −1 outside of layers; nothing where it is none.
[[nodiscard]] std::optional<std::pair<TensorRole, Index>> role_of_gguf_name(std::string_view name);

/// The number of the layer that a name "blk.N.REST" is of, and REST; nothing for other names.
[[nodiscard]] std::optional<std::pair<Index, std::string_view>> split_gguf_name(std::string_view name);

/// Tensors that are rotary settings, and of no block: factors of Llama 3's scaling, and of longrope.
inline constexpr std::string_view rope_freqs_name = "rope_freqs.weight";
inline constexpr std::string_view long_factors_name = "rope_factors_long.weight";
inline constexpr std::string_view short_factors_name = "rope_factors_short.weight";

/// How much slower each pair of channels turns, as the tensor that llama.cpp takes for Llama 3's scaling
/// (transformers, _compute_llama3_parameters).
[[nodiscard]] std::vector<float> llama3_factors(const RopeConfig& rope, Index head_dim);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/detail/gguf_names.ipp>
#endif
