// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A file mapped into memory for reading: pages are loaded when they are first touched, and shared between
/// processes.
///
/// The bytes begin at a page boundary. The file may be renamed, replaced or removed while it is mapped;
/// cutting it short in place ends a program that touches the lost pages (SIGBUS), as with every mapped file.
class MappedFile {
 public:
  /// @throws FileError where `path` is missing, is no regular file, or may not be read.
  explicit MappedFile(std::filesystem::path path);

  MappedFile(MappedFile&& other) noexcept
      : path_(std::move(other.path_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, static_cast<std::size_t>(size_)}; }
  /// Gives the memory of some of the bytes back to the system, which reads them again when they are touched.
  void release(std::span<const std::byte> bytes) const noexcept;

  [[nodiscard]] std::string_view text() const;

 private:
  [[noreturn]] void fail(std::string problem, std::string remedy) const;

  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  Index size_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/mapped_file.ipp>
#endif
