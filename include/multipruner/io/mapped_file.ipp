// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/mapped_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE MappedFile::MappedFile(std::filesystem::path path) : path_(std::move(path)) {
  // O_NONBLOCK matters only for pipes: opening one must fail below, not wait for a writer.
  const detail::FileDescriptor file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file) fail("cannot be opened: " + detail::system_message(errno), "Check the path and its permissions");
  struct ::stat status {};
  if (::fstat(file.get(), &status) != 0) fail("cannot be examined: " + detail::system_message(errno), "Check the disk");
  if (S_ISDIR(status.st_mode)) fail("is a folder, not a file", "Name the file inside it");
  if (!S_ISREG(status.st_mode)) fail("is not a regular file", "Copy its contents to a file first");
  size_ = static_cast<Index>(status.st_size);
  if (size_ == 0) return;  // an empty mapping is not allowed
  void* address = ::mmap(nullptr, static_cast<std::size_t>(size_), PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (address == MAP_FAILED) {
    fail("cannot be mapped into memory: " + detail::system_message(errno), "Check the limits of virtual memory");
  }
  data_ = static_cast<const std::byte*>(address);
}

MULTIPRUNER_INLINE MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MULTIPRUNER_INLINE MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), static_cast<std::size_t>(size_));
}

MULTIPRUNER_INLINE void MappedFile::release(std::span<const std::byte> bytes) const noexcept {
  detail::release_pages(bytes.data(), static_cast<Index>(bytes.size()));
}

MULTIPRUNER_INLINE std::string_view MappedFile::text() const {
  return {reinterpret_cast<const char*>(data_), static_cast<std::size_t>(size_)};
}

MULTIPRUNER_INLINE void MappedFile::fail(std::string problem, std::string remedy) const {
  throw FileError(path_.empty() ? "an empty path" : path_.string(), std::move(problem), std::move(remedy));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
