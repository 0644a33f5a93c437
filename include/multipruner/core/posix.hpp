// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The text of an errno value, e.g. "No space left on device". Thread-safe, unlike strerror.
[[nodiscard]] inline std::string system_message(int code) {
  return std::generic_category().message(code);
}

/// Gives the whole pages of a file's mapping back to the system, which reads them again when they are touched. Nothing
/// is lost: memory that is no mapping of a file must not be given here.
void release_pages(const void* data, Index size) noexcept;

/// Owner of a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] explicit operator bool() const { return value_ >= 0; }

  /// Closes now; false, with errno set, where the system reports a late write error.
  [[nodiscard]] bool close() { return ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_ = -1;
};

/// Writes all of `size` bytes, however many calls the system needs. @throws OutputError naming `path`.
void write_all(const FileDescriptor& file, const void* data, Index size, const std::filesystem::path& path);

/// Brings an open file to the disk. Some file systems cannot sync directories or special files; that is no
/// error.
void sync(const FileDescriptor& file, const std::filesystem::path& path);

/// Brings a file or a directory's entries to the disk.
void sync(const std::filesystem::path& path);

/// Whether a name is in use; also true where the system does not tell (a folder that must not be searched, too long a
/// name), so that who opens it says why. Unlike std::filesystem::exists, which throws an error of its own.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

/// The folder that a target lies in; never empty.
[[nodiscard]] std::filesystem::path parent_of(const std::filesystem::path& target);

/// Finds a hidden name beside `target` that nobody uses: calls `create(name)` with one name after another
/// until it succeeds (gives a value that converts to true). The names of two processes differ, and `create`
/// must be exclusive.
/// @throws OutputError where it fails for another reason than that the name is taken (errno EEXIST).
template <class Create>
std::filesystem::path create_hidden_sibling(const std::filesystem::path& target, Create&& create) {
  std::string stem = ".";
  stem.append(target.filename().string()).append(".").append(std::to_string(::getpid())).append("-");
  for (Index attempt = 0;; ++attempt) {
    std::filesystem::path name = parent_of(target) / (stem + std::to_string(attempt) + ".partial");
    if (create(name)) return name;
    if (errno != EEXIST) {
      throw OutputError(target.string(),
                        "cannot be written in " + parent_of(target).string() + ": " + system_message(errno),
                        "Choose a folder that you may write to");
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/posix.ipp>
#endif
