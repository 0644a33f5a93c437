// SPDX-License-Identifier: MIT
#pragma once

#include <system_error>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/detail/folder_entries.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::vector<std::string> CompanionFiles::names() const {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers_) names.push_back(name);
  if (empty() || !makers_.empty()) return names;
  std::error_code error;
  const std::vector<std::filesystem::path> entries = detail::entries_of(place_, error);
  if (error) {
    throw FileError(place_.string(), "cannot be read: " + error.message(), "Check that the model is still there");
  }
  for (const std::filesystem::path& entry : entries) {
    if (std::filesystem::is_regular_file(entry, error)) names.push_back(entry.filename().string());
  }
  return names;
}

MULTIPRUNER_INLINE bool CompanionFiles::contains(const std::string& name) const {
  if (!makers_.empty()) return makers_.contains(name);
  return !empty() && detail::is_there(place_ / name);
}

MULTIPRUNER_INLINE std::string CompanionFiles::text(const std::string& name) const {
  if (makers_.empty()) return std::string(MappedFile(place_ / name).text());
  if (const auto maker = makers_.find(name); maker != makers_.end()) return maker->second();
  throw FileError(where(name), "there is no such file, and nothing that it could be made of",
                  "Use the model in the layout of Hugging Face");
}

MULTIPRUNER_INLINE void CompanionFiles::copy(const std::string& name, const std::filesystem::path& to) const {
  if (!makers_.empty()) return write_file_atomically(to / name, text(name));
  std::error_code error;
  if (std::filesystem::copy_file(place_ / name, to / name, error)) return;
  throw OutputError((to / name).string(), "cannot be copied from " + where(name) + ": " + error.message(),
                    "Check that the source is readable and that there is room");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
