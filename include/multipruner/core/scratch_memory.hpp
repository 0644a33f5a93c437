// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Memory whose contents the system may move to a file and get back: for what does not fit, or should not stay, in
/// physical memory. The file has no name and is gone with the object, however the program ends.
class ScratchMemory {
 public:
  /// @param folder where the file takes its room; all of it is reserved now.
  /// @throws OutputError where the folder cannot be written or has no room.
  ScratchMemory(const std::filesystem::path& folder, Index size);

  ScratchMemory(ScratchMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ScratchMemory& operator=(ScratchMemory&& other) noexcept;
  ~ScratchMemory();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] Index size() const { return size_; }

 private:
  static detail::FileDescriptor nameless_file(const std::filesystem::path& folder);

  [[noreturn]] static void fail(const std::filesystem::path& folder, int error);

  std::byte* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/scratch_memory.ipp>
#endif
