// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a model card tells of the model that was pruned.
struct BaseModel {
  std::string
      name{};  ///< "org/name" where it lies in a cache of the Hugging Face Hub, else that of its folder or GGUF file
  bool is_hub = false;  ///< whether the name is one of the Hub
  /// What the front matter of its own card says of its licence: license, license_name, license_link; as it is written.
  std::vector<std::pair<std::string, std::string>> license{};
};

/// Looks at the path of a model's folder, or of a GGUF file, or what `find_model` finds, and at the README.md in the
/// folder, if there is one.
[[nodiscard]] BaseModel base_model_of(const std::filesystem::path& name);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/base_model.ipp>
#endif
