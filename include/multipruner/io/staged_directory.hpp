#pragma once

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>

namespace multipruner {

namespace detail {

/// Directories made on the way to a target; those that are still empty go away again unless they are kept.
class CreatedDirectories {
 public:
  CreatedDirectories() = default;
  CreatedDirectories(const CreatedDirectories&) = delete;
  CreatedDirectories& operator=(const CreatedDirectories&) = delete;
  ~CreatedDirectories() {
    for (; !created_.empty(); created_.pop_back()) ::rmdir(created_.back().c_str());
  }

  void create(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return;
    if (path.has_relative_path() && path.parent_path() != path) create(path.parent_path());
    if (::mkdir(path.c_str(), 0777) == 0) return created_.push_back(path);
    const int code = errno;
    if (std::filesystem::is_directory(path, ignored)) return;  // made by somebody else meanwhile
    throw OutputError(path.string(),
                      code == EEXIST ? "is a file, not a folder" : "cannot be created: " + system_message(code),
                      "Choose a folder that you may write to");
  }

  void keep() { created_.clear(); }

 private:
  std::vector<std::filesystem::path> created_;
};

/// Brings everything below a directory to the disk.
inline void sync_tree(const std::filesystem::path& directory) {
  try {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_symlink() && (entry.is_regular_file() || entry.is_directory())) sync(entry.path());
    }
  } catch (const std::filesystem::filesystem_error& error) {
    throw OutputError(directory.string(), "cannot be brought to the disk: " + error.code().message(),
                      "Do not remove files of an output that is not finished");
  }
  sync(directory);
}

}  // namespace detail

/// What happens to a directory that is already there.
struct StagedDirectoryOptions {
  bool overwrite = false;  ///< replace a filled target as a whole; otherwise it is an error
};

/// A directory that appears under its name only when it is complete.
///
/// Files are written below `path()`, a hidden directory beside the target; `commit()` brings them to the disk
/// and renames the directory. Without a commit everything is removed again, parents made on the way included.
/// Targets are examined when the object is made, so that a long run fails at its start and not at its end.
class StagedDirectory {
 public:
  /// @throws OutputError where `target` is a file, is filled (without `overwrite`), or cannot be created.
  explicit StagedDirectory(const std::filesystem::path& target, StagedDirectoryOptions options = {})
      : target_(resolve(target)), options_(options) {
    refuse_filled_target();
    parents_.create(detail::parent_of(target_));
    stage_ = detail::create_hidden_sibling(
        target_, [](const std::filesystem::path& name) { return ::mkdir(name.c_str(), 0777) == 0; });
  }

  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  ~StagedDirectory() {
    std::error_code ignored;
    if (!committed_) std::filesystem::remove_all(stage_, ignored);
  }

  /// Where to write before the commit.
  [[nodiscard]] const std::filesystem::path& path() const { return stage_; }

  /// Where everything lies after the commit: absolute, links resolved.
  [[nodiscard]] const std::filesystem::path& target() const { return target_; }

  /// Makes the directory appear under its name. Nothing may be written below `path()` afterwards.
  /// With `overwrite` the old directory stays until the new one is in place, and returns if that fails.
  /// @throws OutputError; the target is then as it was (or, as the error says, only its old contents are left
  /// over).
  void commit() {
    detail::sync_tree(stage_);
    refuse_filled_target();
    if (is_filled()) {
      replace();
    } else {
      move(stage_, target_);
      finish();
    }
  }

 private:
  static std::filesystem::path resolve(const std::filesystem::path& target) {
    std::error_code error;
    std::filesystem::path resolved = std::filesystem::absolute(target, error);
    if (!error) resolved = std::filesystem::weakly_canonical(resolved, error);
    if (error) {
      throw OutputError(target.empty() ? "an empty path" : target.string(), "cannot be written to: " + error.message(),
                        "Check the path");
    }
    if (!resolved.has_filename()) resolved = resolved.parent_path();
    if (!resolved.has_filename()) throw OutputError(target.string(), "is no place to write to", "Name a folder");
    return resolved;
  }

  [[nodiscard]] bool is_filled() const {
    std::error_code error;
    if (!std::filesystem::exists(target_, error)) return false;
    const bool filled = !std::filesystem::is_empty(target_, error);
    if (error) throw OutputError(target_.string(), "cannot be read: " + error.message(), "Choose another folder");
    return filled;
  }

  void refuse_filled_target() const {
    std::error_code ignored;
    if (std::filesystem::exists(target_, ignored) && !std::filesystem::is_directory(target_, ignored)) {
      throw OutputError(target_.string(), "is a file, not a folder", "Choose another folder");
    }
    if (!options_.overwrite && is_filled()) {
      throw OutputError(target_.string(), "is already filled", "Choose another folder, or pass overwrite");
    }
  }

  static void move(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail_to_place(to);
  }

  [[noreturn]] static void fail_to_place(const std::filesystem::path& to) {
    throw OutputError(to.string(), "cannot be put in place: " + detail::system_message(errno),
                      "Choose another folder, or free this one");
  }

  /// At no moment is there neither the old nor the new directory, where the file system can exchange two names.
  void replace() {
    std::filesystem::path old = stage_;
    if (::renameat2(AT_FDCWD, stage_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
      const bool cannot = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
      if (!cannot) fail_to_place(target_);
      old = move_apart();
    }
    finish();
    std::error_code error;
    std::filesystem::remove_all(old, error);
    if (error) {
      throw OutputError(target_.string(), "is complete, but what it replaced could not be removed: " + error.message(),
                        "Remove " + old.string());
    }
  }

  /// Moves the old directory away and the new one to its place. @returns where the old one is.
  std::filesystem::path move_apart() {
    // The hidden directory that is made here is empty, so that the rename replaces it.
    std::filesystem::path old = detail::create_hidden_sibling(
        target_, [](const std::filesystem::path& name) { return ::mkdir(name.c_str(), 0777) == 0; });
    try {
      move(target_, old);
    } catch (...) {
      ::rmdir(old.c_str());
      throw;
    }
    try {
      move(stage_, target_);
    } catch (...) {
      move(old, target_);
      throw;
    }
    return old;
  }

  void finish() {
    committed_ = true;
    parents_.keep();
    detail::sync(detail::parent_of(target_));
  }

  std::filesystem::path target_, stage_;
  StagedDirectoryOptions options_;
  detail::CreatedDirectories parents_;
  bool committed_ = false;
};

/// Removes what processes of this machine that were killed have left beside a target. Only for who knows that nobody
/// else writes there.
inline void remove_abandoned_stages(const std::filesystem::path& target) {
  const std::filesystem::path place = std::filesystem::weakly_canonical(target);
  std::string prefix(".");
  prefix.append(place.filename().string()).append(".");
  std::error_code ignored;
  std::vector<std::filesystem::path> abandoned;
  for (const auto& entry : std::filesystem::directory_iterator(place.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(".partial")) continue;
    int process = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), process);
    if (process > 0 && ::kill(process, 0) != 0 && errno == ESRCH) abandoned.push_back(entry.path());
  }
  for (const std::filesystem::path& stage : abandoned) std::filesystem::remove_all(stage, ignored);
}

}  // namespace multipruner
