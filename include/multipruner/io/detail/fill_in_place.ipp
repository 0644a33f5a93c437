// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/fill_in_place.hpp>
#include <multipruner/io/detail/folder_entries.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a file system begins at a folder, so that nothing can be renamed to its place: a mount point, also of a
/// part of the same file system (a bind mount), or a subvolume.
[[nodiscard]] inline bool is_root_of_mount(const std::filesystem::path& folder) {
  struct ::statx facts {};
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_TYPE, &facts) == 0 &&
      (facts.stx_attributes_mask & facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) {
    return true;
  }
  struct ::stat own {
  }, around{};  // Linux before 5.8 does not tell
  return ::stat(folder.c_str(), &own) == 0 && ::stat(parent_of(folder).c_str(), &around) == 0 &&
         own.st_dev != around.st_dev;
}

MULTIPRUNER_INLINE bool can_be_renamed_over(const std::filesystem::path& folder) {
  struct ::stat own {
  }, around{};
  const std::filesystem::path parent = parent_of(folder);
  if (::stat(folder.c_str(), &own) != 0 || ::stat(parent.c_str(), &around) != 0) return true;
  if (is_root_of_mount(folder) || ::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return false;
  const ::uid_t user = ::geteuid();
  return (around.st_mode & S_ISVTX) == 0 || user == 0 || user == own.st_uid || user == around.st_uid;
}

MULTIPRUNER_INLINE bool is_no_content(const std::string& name) {
  return is_stage_name(name, inner_name) || name == "lost+found";
}

MULTIPRUNER_INLINE void InPlaceFilling::fill(Stage& stage) const {
  write_file_atomically(stage.path() / note_name, note());
  step(stage, Stage::contents_name, complete_name);
  finish(stage);
}

MULTIPRUNER_INLINE bool InPlaceFilling::resume(const std::filesystem::path& target, const std::string& marker,
                                               Stage& stage) {
  std::error_code ignored;
  const auto has = [&](const char* name) { return std::filesystem::exists(stage.path() / name, ignored); };
  if (!has(note_name) || (!has(complete_name) && !has(placing_name))) return false;
  std::vector<std::string> kept_files;
  {
    const MappedFile file(stage.path() / note_name);
    for (std::string_view rest = file.text(); !rest.empty();) {
      const auto end = std::min(rest.find('\0'), rest.size());
      kept_files.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  InPlaceFilling(target, marker, std::move(kept_files)).finish(stage);
  return true;
}

MULTIPRUNER_INLINE std::string InPlaceFilling::note() const {
  std::string text;
  for (const std::string& name : kept_files_) text += name + '\0';
  return text;
}

MULTIPRUNER_INLINE void InPlaceFilling::step(const Stage& stage, const char* from, const char* to) {
  sync(stage.path());
  move_entry(stage.path() / from, stage.path() / to);
  sync(stage.path());
}

MULTIPRUNER_INLINE void InPlaceFilling::finish(Stage& stage) const {
  try {
    std::error_code ignored;
    if (std::filesystem::exists(stage.path() / complete_name, ignored)) {
      clear();
      step(stage, complete_name, placing_name);
    }
    place(stage.path() / placing_name);
  } catch (const Error& error) {
    const std::string rest = stage.path().string();
    stage.leave();
    throw OutputError(error.where(),
                      error.problem() + "; " + target_.string() + " is half filled, the rest is in " + rest,
                      "Mend that; whatever writes here next completes it first");
  }
  stage.remove();
}

MULTIPRUNER_INLINE void InPlaceFilling::place(const std::filesystem::path& from) const {
  const auto move = [&](const std::filesystem::path& entry) { move_entry(entry, target_ / entry.filename()); };
  std::optional<std::filesystem::path> marker;
  for (const std::filesystem::path& entry : entries_of(from)) {
    if (entry.filename() == marker_) {
      marker = entry;
    } else {
      move(entry);
    }
  }
  sync(target_);
  if (marker) move(*marker);
  sync(target_);
}

MULTIPRUNER_INLINE void InPlaceFilling::clear() const {
  if (!marker_.empty()) remove_tree(target_ / marker_);
  sync(target_);
  for (const std::filesystem::path& entry : entries_of(target_)) {
    const std::string name = entry.filename().string();
    const bool kept = std::ranges::find(kept_files_, name) != kept_files_.end();
    if (!kept && !is_no_content(name)) remove_tree(entry);
  }
  sync(target_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
