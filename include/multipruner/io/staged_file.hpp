// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a hidden file in the same folder; `commit()` brings them to the disk and renames the file,
/// replacing an older one in a single step. Without a commit the target is untouched and the hidden file is
/// removed.
class StagedFile {
 public:
  /// @throws OutputError where the folder of `target` is missing or unwritable, or `target` is a folder.
  explicit StagedFile(std::filesystem::path target);

  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  ~StagedFile();

  /// Appends. @throws OutputError where the disk is full or the write fails otherwise.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Makes the file appear under its name. Nothing may be written afterwards.
  /// @throws OutputError; the target is then as it was.
  void commit();

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 20;

  void flush();

  std::filesystem::path target_, stage_;
  detail::FileDescriptor file_;
  std::vector<std::byte> buffer_;
  bool committed_ = false;
};

/// Writes a whole file so that readers see either the old contents or the new, never a part.
/// @throws OutputError where it cannot be written; an older file is then untouched.
void write_file_atomically(const std::filesystem::path& path, std::string_view contents);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/staged_file.ipp>
#endif
