// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OutputError
void remove_tree(const std::filesystem::path& path);

/// @throws OutputError
void move_entry(const std::filesystem::path& from, const std::filesystem::path& to);

/// A hidden folder in which an output comes into being below `contents()`. A lock on a file beside that says that
/// somebody is at work here, so that it can be told from what a killed process has left. On file systems without locks
/// there is no such file, and the folder is nobody's to remove but its owner's.
class Stage {
 public:
  static constexpr const char *suffix = ".partial", *lock_name = "lock", *contents_name = "contents";

  /// Makes one in the folder of `name`, with a hidden name after it. @throws OutputError
  explicit Stage(const std::filesystem::path& name);

  /// One that a killed process has left; nothing if its owner lives, or nobody can know.
  [[nodiscard]] static std::optional<Stage> abandoned(const std::filesystem::path& path);

  Stage(Stage&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  Stage& operator=(Stage&& other) noexcept;
  ~Stage();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path contents() const { return path_ / contents_name; }

  /// Moves all of it to another hidden name, after `name`. @returns whether that was possible.
  [[nodiscard]] bool move_to_sibling_of(const std::filesystem::path& name);

  /// Leaves it to the next who looks for what was abandoned.
  void leave();

  /// The lock goes last, so that a kill on the way leaves something that is recognised. @throws OutputError
  void remove();

 private:
  Stage(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  static bool is_removed(const FileDescriptor& file);

  /// Whoever finds it before it is locked may take it away; that is as if the name were taken.
  bool create(const std::filesystem::path& path);

  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Whether a name is that of a stage that was made after another name.
[[nodiscard]] bool is_stage_name(const std::string& name, const std::string& after);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/detail/stage.ipp>
#endif
