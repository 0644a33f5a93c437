#pragma once

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include <multipruner/core/error.hpp>

namespace multipruner::detail {

/// The entries of a folder, in the order of their names, as far as it can be read.
[[nodiscard]] inline std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder,
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

/// @throws OutputError where it cannot be read to its end.
[[nodiscard]] inline std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::error_code error;
  auto entries = entries_of(folder, error);
  if (error) throw OutputError(folder.string(), "cannot be read: " + error.message(), "Choose another folder");
  return entries;
}

}  // namespace multipruner::detail
