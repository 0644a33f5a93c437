#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a hidden file in the same folder; `commit()` brings them to the disk and renames the file,
/// replacing an older one in a single step. Without a commit the target is untouched and the hidden file is
/// removed.
class StagedFile {
 public:
  /// @throws OutputError where the folder of `target` is missing or unwritable, or `target` is a folder.
  explicit StagedFile(std::filesystem::path target) : target_(std::move(target)) {
    std::error_code ignored;
    if (std::filesystem::is_directory(target_, ignored)) {
      throw OutputError(target_.string(), "is a folder, not a file", "Choose another name");
    }
    stage_ = detail::create_hidden_sibling(target_, [this](const std::filesystem::path& name) {
      file_ = detail::FileDescriptor{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
      return static_cast<bool>(file_);
    });
    buffer_.reserve(buffer_size);
  }

  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  ~StagedFile() {
    if (!committed_) ::unlink(stage_.c_str());
  }

  /// Appends. @throws OutputError where the disk is full or the write fails otherwise.
  void write(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > buffer_size) flush();
    if (bytes.size() >= buffer_size) {
      detail::write_all(file_, bytes.data(), static_cast<Index>(bytes.size()), target_);
    } else {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Makes the file appear under its name. Nothing may be written afterwards.
  /// @throws OutputError; the target is then as it was.
  void commit() {
    flush();
    detail::sync(file_, target_);
    if (!file_.close() || std::rename(stage_.c_str(), target_.c_str()) != 0) {
      throw OutputError(target_.string(), "cannot be put in place: " + detail::system_message(errno),
                        "Choose another name or folder");
    }
    committed_ = true;
    detail::sync(detail::parent_of(target_));
  }

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 20;

  void flush() {
    detail::write_all(file_, buffer_.data(), static_cast<Index>(buffer_.size()), target_);
    buffer_.clear();
  }

  std::filesystem::path target_, stage_;
  detail::FileDescriptor file_;
  std::vector<std::byte> buffer_;
  bool committed_ = false;
};

/// Writes a whole file so that readers see either the old contents or the new, never a part.
/// @throws OutputError where it cannot be written; an older file is then untouched.
inline void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
  StagedFile file{path};
  file.write(contents);
  file.commit();
}

}  // namespace multipruner
