// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/mman.h>

#include <multipruner/core/posix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void release_pages(const void* data, Index size) noexcept {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(size)) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

MULTIPRUNER_INLINE FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

MULTIPRUNER_INLINE FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}

MULTIPRUNER_INLINE void write_all(const FileDescriptor& file, const void* data, Index size,
                                  const std::filesystem::path& path) {
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

MULTIPRUNER_INLINE void sync(const FileDescriptor& file, const std::filesystem::path& path) {
  if (::fsync(file.get()) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS) return;
  throw OutputError(path.string(), "cannot be flushed to disk: " + system_message(errno),
                    "Check the disk, or choose another place");
}

MULTIPRUNER_INLINE void sync(const std::filesystem::path& path) {
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) {
    throw OutputError(path.string(), "cannot be opened to flush it to disk: " + system_message(errno),
                      "Check the permissions of the folder");
  }
  sync(file, path);
}

MULTIPRUNER_INLINE bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::status(path, error).type() != std::filesystem::file_type::not_found;
}

MULTIPRUNER_INLINE std::filesystem::path parent_of(const std::filesystem::path& target) {
  return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
