// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/origin.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE std::string Origin::name() const {
  const std::filesystem::path path = directory.lexically_normal();
  const std::filesystem::path name = (path.has_filename() ? path : path.parent_path()).filename();
  return (name.extension() == ".gguf" ? name.stem() : name).string();
}

MULTIPRUNER_INLINE std::string Origin::label(TensorRole role, Index layer) const {
  if (tensor_name != nullptr) return directory.string() + ": " + tensor_name(role, layer);
  const std::string name{name_of(role)};
  return layer < 0 ? name : "layer " + std::to_string(layer) + " " + name;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
