// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A model family, as data: how its config.json is read and what its tensors are called.
///
/// * `A::model_type` is the `model_type` of config.json.
/// * `A::configure(config)` gives sizes and components; it refuses by name what the library cannot compute.
/// * `A::tensor_name(role, layer)` is the name of a tensor in a checkpoint; the layer is −1 outside the layers.
/// * `A::is_transposed(role)`, which a family may lack, says which matrices its checkpoints keep as in × out, as
/// GPT-2's do.
template <class A>
concept Architecture = requires(const JsonReader& config, TensorRole role, Index layer) {
  { A::model_type } -> std::convertible_to<std::string_view>;
  { A::configure(config) } -> std::same_as<ModelConfig>;
  { A::tensor_name(role, layer) } -> std::same_as<std::string>;
};

/// Whether the checkpoints of a family keep a matrix transposed; none where it does not say.
template <Architecture A>
[[nodiscard]] bool is_transposed([[maybe_unused]] TensorRole role) {
  if constexpr (requires { A::is_transposed(role); }) {
    return A::is_transposed(role);
  } else {
    return false;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
