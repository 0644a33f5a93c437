#pragma once

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/stage.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::detail {

/// After which a stage inside its own target is named.
inline constexpr const char* inner_name = "multipruner";

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

/// Whether another folder may be renamed to the place of this one, as far as that can be known before it is tried.
[[nodiscard]] inline bool can_be_renamed_over(const std::filesystem::path& folder) {
  struct ::stat own {
  }, around{};
  const std::filesystem::path parent = parent_of(folder);
  if (::stat(folder.c_str(), &own) != 0 || ::stat(parent.c_str(), &around) != 0) return true;
  if (is_root_of_mount(folder) || ::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return false;
  const ::uid_t user = ::geteuid();
  return (around.st_mode & S_ISVTX) == 0 || user == 0 || user == own.st_uid || user == around.st_uid;
}

/// Whether an entry of a folder that is filled in place is no part of its contents: a stage, or lost+found, which
/// belongs to the file system.
[[nodiscard]] inline bool is_no_content(const std::string& name) {
  return is_stage_name(name, inner_name) || name == "lost+found";
}

/// Fills a folder that cannot be replaced as a whole with what was written in a stage inside of it.
///
/// The stage tells how far that is: `contents` is being written; `complete` is complete, and what it replaces goes
/// away; `placing` moves in. From `complete` on, whoever comes after a kill can finish it, and does.
class InPlaceFilling {
 public:
  /// @param marker  the entry that goes away first and comes in last, so that nothing half filled has it
  /// @param kept_files  that stay as they are
  InPlaceFilling(std::filesystem::path target, std::string marker, std::vector<std::string> kept_files)
      : target_(std::move(target)), marker_(std::move(marker)), kept_files_(std::move(kept_files)) {}

  /// Fills it. @throws OutputError; what cannot be finished now, the next run can.
  void fill(Stage& stage) const {
    write_file_atomically(stage.path() / note_name, note());
    step(stage, Stage::contents_name, complete_name);
    finish(stage);
  }

  /// Finishes what a killed process had begun, `kept_files` being those of that process.
  /// @returns whether it had come so far that there was something to finish.
  static bool resume(const std::filesystem::path& target, const std::string& marker, Stage& stage) {
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

 private:
  static constexpr const char *complete_name = "complete", *placing_name = "placing", *note_name = "note";

  /// The kept files, each with a zero behind it.
  [[nodiscard]] std::string note() const {
    std::string text;
    for (const std::string& name : kept_files_) text += name + '\0';
    return text;
  }

  static void step(const Stage& stage, const char* from, const char* to) {
    sync(stage.path());
    move_entry(stage.path() / from, stage.path() / to);
    sync(stage.path());
  }

  void finish(Stage& stage) const {
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

  void place(const std::filesystem::path& from) const {
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

  void clear() const {
    if (!marker_.empty()) remove_tree(target_ / marker_);
    sync(target_);
    for (const std::filesystem::path& entry : entries_of(target_)) {
      const std::string name = entry.filename().string();
      const bool kept = std::ranges::find(kept_files_, name) != kept_files_.end();
      if (!kept && !is_no_content(name)) remove_tree(entry);
    }
    sync(target_);
  }

  std::filesystem::path target_;
  std::string marker_;
  std::vector<std::string> kept_files_;
};

}  // namespace multipruner::detail
