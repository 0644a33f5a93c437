// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/file_lock.hpp>
#include <multipruner/io/detail/folder_entries.hpp>
#include <multipruner/io/detail/stage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void remove_tree(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw OutputError(path.string(), "cannot be removed: " + error.message(), "Remove it yourself");
}

MULTIPRUNER_INLINE void move_entry(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return;
  throw OutputError(to.string(), "cannot be put in place: " + system_message(errno),
                    "Choose another folder, or free this one");
}

MULTIPRUNER_INLINE Stage::Stage(const std::filesystem::path& name) {
  path_ = create_hidden_sibling(name, [this](const std::filesystem::path& path) { return create(path); });
}

MULTIPRUNER_INLINE std::optional<Stage> Stage::abandoned(const std::filesystem::path& path) {
  FileDescriptor lock{::open((path / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  if (!lock || try_lock(lock) != LockOutcome::taken || is_removed(lock)) return std::nullopt;
  return Stage(path, std::move(lock));
}

MULTIPRUNER_INLINE Stage& Stage::operator=(Stage&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

MULTIPRUNER_INLINE Stage::~Stage() {
  try {
    remove();
  } catch (const Error&) {  // it is hidden, and the next run tries again
  }
}

MULTIPRUNER_INLINE bool Stage::move_to_sibling_of(const std::filesystem::path& name) {
  const auto move = [this](const std::filesystem::path& path) {
    if (::mkdir(path.c_str(), 0777) != 0) return false;  // empty, so that the next line replaces it
    if (std::rename(path_.c_str(), path.c_str()) == 0) return true;
    const int code = errno;
    ::rmdir(path.c_str());
    errno = code;
    return false;
  };
  try {
    path_ = create_hidden_sibling(name, move);
    return true;
  } catch (const OutputError&) {
    return false;
  }
}

MULTIPRUNER_INLINE void Stage::leave() {
  path_.clear();
  lock_ = FileDescriptor();
}

MULTIPRUNER_INLINE void Stage::remove() {
  if (path_.empty()) return;
  const std::filesystem::path path = std::exchange(path_, {});
  for (const std::filesystem::path& entry : entries_of(path)) {
    if (entry.filename() != lock_name) remove_tree(entry);
  }
  remove_tree(path);
  lock_ = FileDescriptor();
}

MULTIPRUNER_INLINE bool Stage::is_removed(const FileDescriptor& file) {
  struct ::stat facts {};
  return ::fstat(file.get(), &facts) != 0 || facts.st_nlink == 0;
}

MULTIPRUNER_INLINE bool Stage::create(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0777) != 0) return false;
  const std::filesystem::path file = path / lock_name;
  lock_ = FileDescriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const auto is_ours = [&] {
    if (!lock_) return false;
    const LockOutcome outcome = try_lock(lock_);
    if (outcome == LockOutcome::unsupported) ::unlink(file.c_str());
    errno = EEXIST;
    return outcome == LockOutcome::unsupported || (outcome == LockOutcome::taken && !is_removed(lock_));
  };
  if (is_ours() && ::mkdir((path / contents_name).c_str(), 0777) == 0) return true;
  const int code = errno == ENOENT ? EEXIST : errno;
  std::error_code ignored;
  if (code != EEXIST) std::filesystem::remove_all(path, ignored);
  errno = code;
  return false;
}

MULTIPRUNER_INLINE bool is_stage_name(const std::string& name, const std::string& after) {
  const std::string prefix = "." + after + ".";
  return name.size() > prefix.size() + std::string_view(Stage::suffix).size() && name.starts_with(prefix) &&
         name.ends_with(Stage::suffix);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
