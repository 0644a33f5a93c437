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
template <class A>
concept Architecture = requires(const JsonReader& config, TensorRole role, Index layer) {
  { A::model_type } -> std::convertible_to<std::string_view>;
  { A::configure(config) } -> std::same_as<ModelConfig>;
  { A::tensor_name(role, layer) } -> std::same_as<std::string>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
