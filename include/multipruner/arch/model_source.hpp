// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/io/stored_tensor.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Where a model comes from: a folder, a file of some format, the memory of an engine. It speaks of configurations with
/// the keys of config.json and of tensors by the names of their family; `load_from` makes a graph of it.
class ModelSource {
 public:
  ModelSource() = default;
  ModelSource(const ModelSource&) = delete;
  ModelSource& operator=(const ModelSource&) = delete;
  virtual ~ModelSource() = default;

  /// What errors call it, e.g. the path of a folder.
  [[nodiscard]] virtual std::string label() const = 0;

  /// The configuration; its `model_type` picks the family. @throws DataError where it cannot be read.
  [[nodiscard]] virtual const JsonReader& config() const = 0;

  /// Tokens at which generated text ends besides those of the configuration. @throws DataError as above.
  [[nodiscard]] virtual std::vector<TokenId> generation_eos_token_ids() const { return {}; }

  /// What it lacks of the model that the configuration describes; nothing where it is dense.
  /// @throws DataError where that cannot be read.
  [[nodiscard]] virtual std::optional<PruningConfig> pruning(const ModelConfig&) const { return std::nullopt; }

  /// Names of all tensors.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;

  /// Type and shape of a tensor without touching its data; null where there is no such tensor.
  [[nodiscard]] virtual const TensorInfo* info(std::string_view name) const = 0;

  /// @throws DataError where there is no such tensor, UnsupportedError for a scalar type that is not read.
  [[nodiscard]] virtual StoredTensor get(std::string_view name) const = 0;

  /// Keeps every view valid that `get` gave. @param releasing  whether memory is given back at a hint, see WeightMemory
  [[nodiscard]] virtual std::shared_ptr<const WeightMemory> storage(bool releasing) const = 0;

  /// The folder whose other files go with the model when it is saved, or the file that it is in; empty if there is
  /// none.
  [[nodiscard]] virtual std::filesystem::path directory() const { return {}; }

  /// What a source that is no folder has in place of those files.
  [[nodiscard]] virtual CompanionFiles files() const { return {}; }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
