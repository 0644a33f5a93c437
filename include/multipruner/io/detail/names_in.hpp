// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/detail/folder_entries.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The names in a folder, sorted; none where it cannot be read.
[[nodiscard]] inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const std::filesystem::path& entry : entries_of(folder, ignored)) names.push_back(entry.filename().string());
  return names;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
