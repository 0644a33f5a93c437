// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/stored_tensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Copies what goes with a pruned model unchanged: tokenizer, generation_config.json, chat template, licence.
/// @throws FileError where the source is gone, OutputError where a file cannot be copied.
void copy_companions(const CompanionFiles& from, const std::filesystem::path& to);

/// Copies the licence alone, likewise: what goes with weights in other formats.
void copy_licence(const CompanionFiles& from, const std::filesystem::path& to);

/// Tensors under their names in a checkpoint. Slots of one block that have one name are pieces of one tensor (see
/// TensorPart).
class CheckpointTensors {
 public:
  explicit CheckpointTensors(std::string (*tensor_name)(TensorRole, Index), bool (*is_transposed)(TensorRole) = nullptr)
      : tensor_name_(tensor_name), is_transposed_(is_transposed) {}

  void add(const TensorPlace& place, const WeightView& tensor);

  [[nodiscard]] const std::vector<StoredTensor>& all() const { return tensors_; }

 private:
  std::string (*tensor_name_)(TensorRole, Index);
  bool (*is_transposed_)(TensorRole);
  std::vector<StoredTensor> tensors_;
  std::map<std::pair<std::string, Index>, std::size_t> place_of_;  ///< by name and block
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/model_folder_files.ipp>
#endif
