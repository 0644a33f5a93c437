// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/detail/folder_entries.hpp>
#include <multipruner/io/detail/stage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Directories made on the way to a target; those that are still empty go away again unless they are kept.
class CreatedDirectories {
 public:
  CreatedDirectories() = default;
  CreatedDirectories(const CreatedDirectories&) = delete;
  CreatedDirectories& operator=(const CreatedDirectories&) = delete;
  ~CreatedDirectories();

  void create(const std::filesystem::path& path);

  void keep() { created_.clear(); }

 private:
  std::vector<std::filesystem::path> created_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// What a directory is to be, and what happens to one that is already there.
struct StagedDirectoryOptions {
  /// A file of every finished directory of this kind, e.g. multipruner.json, by which it is recognised.
  std::string marker{};
  /// Replace a filled target as a whole, if it has the marker; otherwise, a filled target is an error.
  bool overwrite = false;
  /// Files of the target that go on in the new one, and do not count as contents, e.g. a journal that is open.
  std::vector<std::string> kept_files{};
};

/// A directory that appears under its name only when it is complete.
///
/// Files are written below `path()`, in a hidden directory beside the target; `commit()` brings them to the disk and
/// renames the directory. Without a commit everything is removed again, parents made on the way included. Targets are
/// examined when the object is made, so that a long run fails at its start and not at its end; what processes that were
/// killed have left is then cleared away.
///
/// A target that nothing can be renamed to (a mount point, such as a volume of a container, or a folder whose parent
/// cannot be written) is filled in place: the hidden directory lies inside of it, and `commit()` moves its entries out,
/// the marker last. A kill on the way leaves a target without a marker, which the next StagedDirectory of that target
/// completes.
class StagedDirectory {
 public:
  /// @throws OutputError where `target` is a file, is filled (without `overwrite`, or without the marker), or cannot be
  /// created.
  explicit StagedDirectory(const std::filesystem::path& target, StagedDirectoryOptions options = {});

  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  /// Where to write before the commit.
  [[nodiscard]] const std::filesystem::path& path() const { return contents_; }

  /// Where everything lies after the commit: absolute, links resolved.
  [[nodiscard]] const std::filesystem::path& target() const { return target_; }

  /// Makes the directory appear under its name. Nothing may be written below `path()` afterwards.
  /// With `overwrite` the old directory stays until the new one is in place, and returns if that fails.
  /// @throws OutputError; the target is then as it was (or, as the error says, only its old contents are left
  /// over, or it is half filled).
  void commit();

 private:
  static std::filesystem::path resolve(const std::filesystem::path& target);

  /// Removes the stages of processes that were killed, beside the target and inside of it, or finishes what they had
  /// begun. Those of the living are locked. @returns whether the target is now complete and was not before.
  [[nodiscard]] bool clear_up_after_others() const;

  template <class Visit>
  static void for_each_abandoned(const std::filesystem::path& folder, const std::string& after, const Visit& visit) {
    std::error_code ignored;  // it is not there, or what is wrong with it shows when it is written
    for (const std::filesystem::path& entry : detail::entries_of(folder, ignored)) {
      if (!detail::is_stage_name(entry.filename().string(), after) || ::rmdir(entry.c_str()) == 0) continue;
      if (auto stage = detail::Stage::abandoned(entry)) visit(*stage);
    }
  }

  [[nodiscard]] bool has_entries() const;

  /// Whether there is something that would be lost.
  [[nodiscard]] bool is_filled() const;

  void refuse_filled_target() const;

  /// Files of the old folder that go on in the new one: the same files under a second name, so that who has one open
  /// goes on writing to it.
  void link_kept_files() const;

  [[nodiscard]] bool place() const { return std::rename(contents_.c_str(), target_.c_str()) == 0; }

  /// At no moment is there neither the old nor the new directory, where the file system can exchange two names.
  [[nodiscard]] bool exchange() const;

  void remove_replaced();

  void fill_in_place();

  static constexpr const char* replaced_name = "replaced";

  std::filesystem::path target_, contents_;
  StagedDirectoryOptions options_;
  bool completed_;                      // by clearing up
  bool inside_ = false;                 // the target is filled in place
  detail::CreatedDirectories parents_;  // goes after the stage
  std::optional<detail::Stage> stage_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/staged_directory.ipp>
#endif
