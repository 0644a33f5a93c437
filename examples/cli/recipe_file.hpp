// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/run/run_spec.hpp>

namespace multipruner::cli {

/// Reads a recipe in YAML or JSON. @throws DataError naming key, line and what it may be; FileError
[[nodiscard]] RunSpec read_recipe(const std::filesystem::path& path);

}  // namespace multipruner::cli
