// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/arch/model_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/checkpoint.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// A Hugging Face model folder: config.json, generation_config.json, safetensors, and pruning_config.json where it was
/// pruned. Weights are opened when they are first asked for.
class HuggingFaceFolder final : public ModelSource {
 public:
  /// @throws FileError, UnsupportedError for what is no such folder, with the one to give; DataError for a config.json
  /// that cannot be read.
  explicit HuggingFaceFolder(std::filesystem::path directory);

  [[nodiscard]] std::string label() const override { return directory_.string(); }
  [[nodiscard]] const JsonReader& config() const override { return config_; }
  [[nodiscard]] MULTIPRUNER_INLINE std::vector<TokenId> generation_eos_token_ids() const override;
  [[nodiscard]] MULTIPRUNER_INLINE std::optional<PruningConfig> pruning(const ModelConfig& config) const override;
  [[nodiscard]] std::vector<std::string> names() const override { return checkpoint().names(); }
  [[nodiscard]] const TensorInfo* info(std::string_view name) const override { return checkpoint().info(name); }
  [[nodiscard]] StoredTensor get(std::string_view name) const override { return checkpoint().get(name); }
  [[nodiscard]] std::shared_ptr<const WeightMemory> storage(bool releasing) const override {
    return checkpoint().storage(releasing);
  }
  [[nodiscard]] std::filesystem::path directory() const override { return directory_; }

 private:
  [[nodiscard]] const Checkpoint& checkpoint() const;

  std::filesystem::path directory_;
  JsonReader config_;
  mutable std::once_flag opened_;
  mutable std::optional<Checkpoint> checkpoint_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/hugging_face_folder.ipp>
#endif
