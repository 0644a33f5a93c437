#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/fill_in_place.hpp>
#include <multipruner/io/detail/stage.hpp>

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
  for (const std::filesystem::path& entry : entries_of(directory)) {
    std::error_code error;
    const std::filesystem::file_type type = std::filesystem::symlink_status(entry, error).type();
    if (type == std::filesystem::file_type::directory) {
      sync_tree(entry);
    } else if (type == std::filesystem::file_type::regular) {
      sync(entry);
    }
  }
  sync(directory);
}

}  // namespace detail

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
  explicit StagedDirectory(const std::filesystem::path& target, StagedDirectoryOptions options = {})
      : target_(resolve(target)), options_(std::move(options)), completed_(clear_up_after_others()) {
    std::error_code ignored;
    inside_ = std::filesystem::is_directory(target_, ignored) && !detail::can_be_renamed_over(target_);
    refuse_filled_target();
    parents_.create(detail::parent_of(target_));
    stage_.emplace(inside_ ? target_ / detail::inner_name : target_);
    contents_ = stage_->contents();
  }

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
  void commit() {
    detail::sync_tree(contents_);
    refuse_filled_target();
    if (inside_) return fill_in_place();
    link_kept_files();
    const bool filled = has_entries();
    if (!(filled ? exchange() : place())) {
      // What the system refuses to rename in spite of all, such as a folder of an image's lower layer (overlayfs).
      const std::string problem = detail::system_message(errno);
      if (stage_->move_to_sibling_of(target_ / detail::inner_name)) return fill_in_place();
      throw OutputError(target_.string(), "cannot be put in place: " + problem,
                        "Choose another folder, or free this one");
    }
    parents_.keep();
    detail::sync(detail::parent_of(target_));
    remove_replaced();
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

  /// Removes the stages of processes that were killed, beside the target and inside of it, or finishes what they had
  /// begun. Those of the living are locked. @returns whether the target is now complete and was not before.
  [[nodiscard]] bool clear_up_after_others() const {
    std::error_code ignored;
    for_each_abandoned(detail::parent_of(target_), target_.filename().string(), [&](detail::Stage& stage) {
      const std::filesystem::path old = stage.path() / replaced_name;  // killed where two names cannot be exchanged
      if (std::filesystem::exists(old, ignored) && !std::filesystem::exists(target_, ignored)) {
        detail::move_entry(old, target_);
      }
    });
    bool completed = false;
    for_each_abandoned(target_, detail::inner_name, [&](detail::Stage& stage) {
      completed = detail::InPlaceFilling::resume(target_, options_.marker, stage) || completed;
    });
    return completed;
  }

  template <class Visit>
  static void for_each_abandoned(const std::filesystem::path& folder, const std::string& after, const Visit& visit) {
    std::error_code ignored;  // it is not there, or what is wrong with it shows when it is written
    for (const std::filesystem::path& entry : detail::entries_of(folder, ignored)) {
      if (!detail::is_stage_name(entry.filename().string(), after) || ::rmdir(entry.c_str()) == 0) continue;
      if (auto stage = detail::Stage::abandoned(entry)) visit(*stage);
    }
  }

  [[nodiscard]] bool has_entries() const {
    std::error_code error;
    if (!std::filesystem::exists(target_, error)) return false;
    return !detail::entries_of(target_).empty();
  }

  /// Whether there is something that would be lost.
  [[nodiscard]] bool is_filled() const {
    std::error_code error;
    if (!std::filesystem::exists(target_, error)) return false;
    return !std::ranges::all_of(detail::entries_of(target_), [this](const std::filesystem::path& entry) {
      const std::string name = entry.filename().string();
      return std::ranges::find(options_.kept_files, name) != options_.kept_files.end() ||
             (inside_ && detail::is_no_content(name));
    });
  }

  void refuse_filled_target() const {
    std::error_code ignored;
    if (std::filesystem::exists(target_, ignored) && !std::filesystem::is_directory(target_, ignored)) {
      throw OutputError(target_.string(), "is a file, not a folder", "Choose another folder");
    }
    if (!is_filled()) return;
    if (!options_.overwrite) {
      throw OutputError(target_.string(),
                        completed_ ? "is already filled: what a run that was killed had left was completed just now"
                                   : "is already filled",
                        "Choose another folder, or allow to replace this one");
    }
    if (!options_.marker.empty() && std::filesystem::is_regular_file(target_ / options_.marker, ignored)) return;
    throw OutputError(target_.string(),
                      "only folders that multipruner made are replaced, and this is none" +
                          (options_.marker.empty() ? "" : ": it has no " + options_.marker),
                      "Choose another folder, or remove this one yourself");
  }

  /// Files of the old folder that go on in the new one: the same files under a second name, so that who has one open
  /// goes on writing to it.
  void link_kept_files() const {
    for (const std::string& name : options_.kept_files) {
      std::error_code error;
      const std::filesystem::path from = target_ / name, to = contents_ / name;
      if (!std::filesystem::exists(from, error)) continue;
      std::filesystem::create_hard_link(from, to, error);
      if (error) std::filesystem::copy_file(from, to, error);
      if (error) throw OutputError(to.string(), "cannot be kept: " + error.message(), "Choose another folder");
    }
  }

  [[nodiscard]] bool place() const { return std::rename(contents_.c_str(), target_.c_str()) == 0; }

  /// At no moment is there neither the old nor the new directory, where the file system can exchange two names.
  [[nodiscard]] bool exchange() const {
    if (::renameat2(AT_FDCWD, contents_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) return true;
    const bool cannot = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
    if (!cannot) return false;
    const std::filesystem::path old = stage_->path() / replaced_name;
    if (std::rename(target_.c_str(), old.c_str()) != 0) return false;
    if (place()) return true;
    const int code = errno;
    detail::move_entry(old, target_);
    errno = code;
    return false;
  }

  void remove_replaced() {
    try {
      stage_->remove();
    } catch (const OutputError& error) {
      throw OutputError(target_.string(), "is complete, but what it replaced could not be removed", error.what());
    }
  }

  void fill_in_place() {
    detail::InPlaceFilling(target_, options_.marker, options_.kept_files).fill(*stage_);
    parents_.keep();
  }

  static constexpr const char* replaced_name = "replaced";

  std::filesystem::path target_, contents_;
  StagedDirectoryOptions options_;
  bool completed_;                      // by clearing up
  bool inside_ = false;                 // the target is filled in place
  detail::CreatedDirectories parents_;  // goes after the stage
  std::optional<detail::Stage> stage_;
};

}  // namespace multipruner
