// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/run/sparse_tensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a model consists of and what was removed from it, as `multipruner inspect` shows it.
struct ModelDescription {
  Graph graph;
  std::filesystem::path folder{};
  std::optional<PruningConfig> pruning{};  ///< pruning_config.json, where there is one
  JsonObject metadata{};                   ///< multipruner.json, where there is one
  std::vector<SparseTensor> sparse{};
};

/// Looks at the weights of a model, and at the files beside them.
/// @throws DataError naming what is wrong with such a file
[[nodiscard]] ModelDescription describe_model(Graph graph, const std::filesystem::path& name);

/// For a terminal: sizes, how it was made, and what is left of each layer.
[[nodiscard]] std::string to_text(const ModelDescription& model);

/// The same for machines.
[[nodiscard]] nlohmann::ordered_json to_json(const ModelDescription& model);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/model_description.ipp>
#endif
