#pragma once

#include <cerrno>
#include <cstdio>
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

#include <multipruner/core/error.hpp>
#include <multipruner/core/file_lock.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/folder_entries.hpp>

namespace multipruner::detail {

/// @throws OutputError
inline void remove_tree(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw OutputError(path.string(), "cannot be removed: " + error.message(), "Remove it yourself");
}

/// @throws OutputError
inline void move_entry(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return;
  throw OutputError(to.string(), "cannot be put in place: " + system_message(errno),
                    "Choose another folder, or free this one");
}

/// A hidden folder in which an output comes into being below `contents()`. A lock on a file beside that says that
/// somebody is at work here, so that it can be told from what a killed process has left. On file systems without locks
/// there is no such file, and the folder is nobody's to remove but its owner's.
class Stage {
 public:
  static constexpr const char *suffix = ".partial", *lock_name = "lock", *contents_name = "contents";

  /// Makes one in the folder of `name`, with a hidden name after it. @throws OutputError
  explicit Stage(const std::filesystem::path& name) {
    path_ = create_hidden_sibling(name, [this](const std::filesystem::path& path) { return create(path); });
  }

  /// One that a killed process has left; nothing if its owner lives, or nobody can know.
  [[nodiscard]] static std::optional<Stage> abandoned(const std::filesystem::path& path) {
    FileDescriptor lock{::open((path / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (!lock || try_lock(lock) != LockOutcome::taken || is_removed(lock)) return std::nullopt;
    return Stage(path, std::move(lock));
  }

  Stage(Stage&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  Stage& operator=(Stage&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~Stage() {
    try {
      remove();
    } catch (const Error&) {  // it is hidden, and the next run tries again
    }
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path contents() const { return path_ / contents_name; }

  /// Moves all of it to another hidden name, after `name`. @returns whether that was possible.
  [[nodiscard]] bool move_to_sibling_of(const std::filesystem::path& name) {
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

  /// Leaves it to the next who looks for what was abandoned.
  void leave() {
    path_.clear();
    lock_ = FileDescriptor();
  }

  /// The lock goes last, so that a kill on the way leaves something that is recognised. @throws OutputError
  void remove() {
    if (path_.empty()) return;
    const std::filesystem::path path = std::exchange(path_, {});
    for (const std::filesystem::path& entry : entries_of(path)) {
      if (entry.filename() != lock_name) remove_tree(entry);
    }
    remove_tree(path);
    lock_ = FileDescriptor();
  }

 private:
  Stage(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  static bool is_removed(const FileDescriptor& file) {
    struct ::stat facts {};
    return ::fstat(file.get(), &facts) != 0 || facts.st_nlink == 0;
  }

  /// Whoever finds it before it is locked may take it away; that is as if the name were taken.
  bool create(const std::filesystem::path& path) {
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

  std::filesystem::path path_;
  FileDescriptor lock_;
};

/// Whether a name is that of a stage that was made after another name.
[[nodiscard]] inline bool is_stage_name(const std::string& name, const std::string& after) {
  const std::string prefix = "." + after + ".";
  return name.size() > prefix.size() + std::string_view(Stage::suffix).size() && name.starts_with(prefix) &&
         name.ends_with(Stage::suffix);
}

}  // namespace multipruner::detail
