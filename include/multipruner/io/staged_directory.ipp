// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/fill_in_place.hpp>
#include <multipruner/io/staged_directory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE CreatedDirectories::~CreatedDirectories() {
  for (; !created_.empty(); created_.pop_back()) ::rmdir(created_.back().c_str());
}

MULTIPRUNER_INLINE void CreatedDirectories::create(const std::filesystem::path& path) {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE StagedDirectory::StagedDirectory(const std::filesystem::path& target, StagedDirectoryOptions options)
    : target_(resolve(target)), options_(std::move(options)), completed_(clear_up_after_others()) {
  std::error_code ignored;
  inside_ = std::filesystem::is_directory(target_, ignored) && !detail::can_be_renamed_over(target_);
  refuse_filled_target();
  parents_.create(detail::parent_of(target_));
  stage_.emplace(inside_ ? target_ / detail::inner_name : target_);
  contents_ = stage_->contents();
}

MULTIPRUNER_INLINE void StagedDirectory::commit() {
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

MULTIPRUNER_INLINE std::filesystem::path StagedDirectory::resolve(const std::filesystem::path& target) {
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::absolute(target, error);
  if (!error) resolved = std::filesystem::weakly_canonical(resolved, error);
  if (error) {
    throw OutputError(target.empty() ? "an empty path" : target.string(), "cannot be written to: " + error.message(),
                      "Check the path");
  }
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (!resolved.has_filename()) throw OutputError(target.string(), "is not a place to write to", "Name a folder");
  return resolved;
}

MULTIPRUNER_INLINE bool StagedDirectory::clear_up_after_others() const {
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

MULTIPRUNER_INLINE bool StagedDirectory::has_entries() const {
  std::error_code error;
  if (!std::filesystem::exists(target_, error)) return false;
  return !detail::entries_of(target_).empty();
}

MULTIPRUNER_INLINE bool StagedDirectory::is_filled() const {
  std::error_code error;
  if (!std::filesystem::exists(target_, error)) return false;
  return !std::ranges::all_of(detail::entries_of(target_), [this](const std::filesystem::path& entry) {
    const std::string name = entry.filename().string();
    return std::ranges::find(options_.kept_files, name) != options_.kept_files.end() ||
           (inside_ && detail::is_no_content(name));
  });
}

MULTIPRUNER_INLINE void StagedDirectory::refuse_filled_target() const {
  std::error_code ignored;
  if (std::filesystem::exists(target_, ignored) && !std::filesystem::is_directory(target_, ignored)) {
    throw OutputError(target_.string(), "is a file, not a folder", "Choose another folder");
  }
  if (!is_filled()) return;
  if (!options_.overwrite) {
    throw OutputError(
        target_.string(),
        completed_ ? "is not empty: it was just completed from what a killed run had left" : "is not empty",
        "Choose another folder, or allow this one to be replaced");
  }
  if (!options_.marker.empty() && std::filesystem::is_regular_file(target_ / options_.marker, ignored)) return;
  throw OutputError(target_.string(),
                    "only folders that multipruner made are replaced, and this is not one" +
                        (options_.marker.empty() ? "" : ": it has no " + options_.marker),
                    "Choose another folder, or remove this one yourself");
}

MULTIPRUNER_INLINE void StagedDirectory::link_kept_files() const {
  for (const std::string& name : options_.kept_files) {
    std::error_code error;
    const std::filesystem::path from = target_ / name, to = contents_ / name;
    if (!std::filesystem::exists(from, error)) continue;
    std::filesystem::create_hard_link(from, to, error);
    if (error) std::filesystem::copy_file(from, to, error);
    if (error) throw OutputError(to.string(), "cannot be kept: " + error.message(), "Choose another folder");
  }
}

MULTIPRUNER_INLINE bool StagedDirectory::exchange() const {
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

MULTIPRUNER_INLINE void StagedDirectory::remove_replaced() {
  try {
    stage_->remove();
  } catch (const OutputError& error) {
    throw OutputError(target_.string(), "is complete, but what it replaced could not be removed", error.what());
  }
}

MULTIPRUNER_INLINE void StagedDirectory::fill_in_place() {
  detail::InPlaceFilling(target_, options_.marker, options_.kept_files).fill(*stage_);
  parents_.keep();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
