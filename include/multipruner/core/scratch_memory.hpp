#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// Memory whose contents the system may move to a file and get back: for what does not fit, or should not stay, in
/// physical memory. The file has no name and is gone with the object, however the program ends.
class ScratchMemory {
 public:
  /// @param folder where the file takes its room; all of it is reserved now.
  /// @throws OutputError where the folder cannot be written or has no room.
  ScratchMemory(const std::filesystem::path& folder, Index size) : size_(size) {
    if (size == 0) return;
    const detail::FileDescriptor file = nameless_file(folder);
    if (const int error = ::posix_fallocate(file.get(), 0, size); error != 0) fail(folder, error);
    void* const memory =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) fail(folder, errno);
    data_ = static_cast<std::byte*>(memory);
  }

  ScratchMemory(ScratchMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ScratchMemory& operator=(ScratchMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~ScratchMemory() {
    if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(size_));
  }

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] Index size() const { return size_; }

 private:
  static detail::FileDescriptor nameless_file(const std::filesystem::path& folder) {
    detail::FileDescriptor file{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (file) return file;
    std::string name = folder / ".scratch-XXXXXX";  // for file systems that cannot make a file without a name
    file = detail::FileDescriptor{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file) fail(folder, errno);
    ::unlink(name.c_str());
    return file;
  }

  [[noreturn]] static void fail(const std::filesystem::path& folder, int error) {
    throw OutputError(folder.string(), "there is no place for scratch memory: " + detail::system_message(error),
                      "Free some space, or choose another folder");
  }

  std::byte* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace multipruner
