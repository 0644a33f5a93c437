#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::detail {

/// The text of an errno value, e.g. "No space left on device". Thread-safe, unlike strerror.
[[nodiscard]] inline std::string system_message(int code) {
  return std::generic_category().message(code);
}

/// Gives the whole pages of a file's mapping back to the system, which reads them again when they are touched. Nothing
/// is lost: memory that is no mapping of a file must not be given here.
inline void release_pages(const void* data, Index size) noexcept {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(size)) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

/// Owner of a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~FileDescriptor() {
    if (value_ >= 0) ::close(value_);
  }

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] explicit operator bool() const { return value_ >= 0; }

  /// Closes now; false, with errno set, where the system reports a late write error.
  [[nodiscard]] bool close() { return ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_ = -1;
};

/// Writes all of `size` bytes, however many calls the system needs. @throws OutputError naming `path`.
inline void write_all(const FileDescriptor& file, const void* data, Index size, const std::filesystem::path& path) {
  const char* next = static_cast<const char*>(data);
  while (size > 0) {
    const Index written = ::write(file.get(), next, static_cast<std::size_t>(size));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw OutputError(path.string(), "cannot be written: " + system_message(errno),
                        "Free some space or choose another place");
    }
    next += written;
    size -= written;
  }
}

/// Brings an open file to the disk. Some file systems cannot sync directories or special files; that is no
/// error.
inline void sync(const FileDescriptor& file, const std::filesystem::path& path) {
  if (::fsync(file.get()) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS) return;
  throw OutputError(path.string(), "cannot be brought to the disk: " + system_message(errno),
                    "Check the disk, or choose another place");
}

/// Brings a file or a directory's entries to the disk.
inline void sync(const std::filesystem::path& path) {
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) {
    throw OutputError(path.string(), "cannot be opened to bring it to the disk: " + system_message(errno),
                      "Check the permissions of the folder");
  }
  sync(file, path);
}

/// Whether a name is in use; also true where the system does not tell (a folder that must not be searched, too long a
/// name), so that who opens it says why. Unlike std::filesystem::exists, which throws an error of its own.
[[nodiscard]] inline bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type() != std::filesystem::file_type::not_found;
}

/// The folder that a target lies in; never empty.
[[nodiscard]] inline std::filesystem::path parent_of(const std::filesystem::path& target) {
  return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

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

}  // namespace multipruner::detail
