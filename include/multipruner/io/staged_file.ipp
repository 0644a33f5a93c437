// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE StagedFile::StagedFile(std::filesystem::path target) : target_(std::move(target)) {
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

MULTIPRUNER_INLINE StagedFile::~StagedFile() {
  if (!committed_) ::unlink(stage_.c_str());
}

MULTIPRUNER_INLINE void StagedFile::write(std::span<const std::byte> bytes) {
  if (buffer_.size() + bytes.size() > buffer_size) flush();
  if (bytes.size() >= buffer_size) {
    detail::write_all(file_, bytes.data(), static_cast<Index>(bytes.size()), target_);
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
}

MULTIPRUNER_INLINE void StagedFile::commit() {
  flush();
  detail::sync(file_, target_);
  if (!file_.close() || std::rename(stage_.c_str(), target_.c_str()) != 0) {
    throw OutputError(target_.string(), "cannot be put in place: " + detail::system_message(errno),
                      "Choose another name or folder");
  }
  committed_ = true;
  detail::sync(detail::parent_of(target_));
}

MULTIPRUNER_INLINE void StagedFile::flush() {
  detail::write_all(file_, buffer_.data(), static_cast<Index>(buffer_.size()), target_);
  buffer_.clear();
}

MULTIPRUNER_INLINE void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
  StagedFile file{path};
  file.write(contents);
  file.commit();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
