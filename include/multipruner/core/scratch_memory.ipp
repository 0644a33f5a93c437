// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/scratch_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE ScratchMemory::ScratchMemory(const std::filesystem::path& folder, Index size) : size_(size) {
  if (size == 0) return;
  const detail::FileDescriptor file = nameless_file(folder);
  if (const int error = ::posix_fallocate(file.get(), 0, size); error != 0) fail(folder, error);
  void* const memory =
      ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) fail(folder, errno);
  data_ = static_cast<std::byte*>(memory);
}

MULTIPRUNER_INLINE ScratchMemory& ScratchMemory::operator=(ScratchMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MULTIPRUNER_INLINE ScratchMemory::~ScratchMemory() {
  if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(size_));
}

MULTIPRUNER_INLINE detail::FileDescriptor ScratchMemory::nameless_file(const std::filesystem::path& folder) {
  detail::FileDescriptor file{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
  if (file) return file;
  std::string name = folder / ".scratch-XXXXXX";  // for file systems that cannot make a file without a name
  file = detail::FileDescriptor{::mkostemp(name.data(), O_CLOEXEC)};
  if (!file) fail(folder, errno);
  ::unlink(name.c_str());
  return file;
}

MULTIPRUNER_INLINE void ScratchMemory::fail(const std::filesystem::path& folder, int error) {
  throw OutputError(folder.string(), "there is no place for scratch memory: " + detail::system_message(error),
                    "Free some space, or choose another folder");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
