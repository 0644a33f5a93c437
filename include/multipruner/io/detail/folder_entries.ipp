// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/io/detail/folder_entries.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder,
                                                                 std::error_code& error) {
  std::vector<std::filesystem::path> entries;
  std::filesystem::directory_iterator entry(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    entries.push_back(entry->path());
    entry.increment(error);
  }
  std::ranges::sort(entries);
  return entries;
}

MULTIPRUNER_INLINE std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::error_code error;
  auto entries = entries_of(folder, error);
  if (error) throw OutputError(folder.string(), "cannot be read: " + error.message(), "Choose another folder");
  return entries;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
