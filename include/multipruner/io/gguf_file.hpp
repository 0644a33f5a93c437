// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/gguf_entry.hpp>
#include <multipruner/io/gguf_header.hpp>
#include <multipruner/io/gguf_tensor_info.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/stored_tensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A GGUF file of version 2 or 3, mapped into memory and checked as a whole when it is opened. A model that is split
/// into NAME-00001-of-0000N.gguf and so on is opened by its first file and read as one.
///
/// Copies share the mapping. Entries, infos and views are valid as long as a copy, or `storage()`, lives. All members
/// are thread-safe.
class GgufFile {
 public:
  /// @throws FileError where the file, or another of the parts, is unreadable or contradicts the format or the other
  /// parts; DataError where what it says of parts is no integer; UnsupportedError where it is big-endian, of another
  /// version, or has tensors of unknown types.
  explicit GgufFile(const std::filesystem::path& path) : state_(std::make_shared<const State>(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return state_->parts.front().file.path(); }

  /// 2 or 3.
  [[nodiscard]] std::uint32_t version() const { return state_->parts.front().header.version; }

  /// All keys in the order of the file; of a split model, those of the first.
  [[nodiscard]] const std::vector<GgufEntry>& keys() const { return state_->parts.front().header.keys; }

  /// Null where there is no such key.
  [[nodiscard]] const GgufEntry* find_key(std::string_view name) const;

  /// @throws DataError where there is no such key.
  [[nodiscard]] const GgufEntry& key(std::string_view name) const;

  /// All tensors in the order in which the files list them.
  [[nodiscard]] const std::vector<GgufTensorInfo>& tensors() const { return state_->tensors; }

  /// Null where there is no such tensor.
  [[nodiscard]] const GgufTensorInfo* find(std::string_view name) const;

  /// @throws DataError where there is no such tensor.
  [[nodiscard]] const GgufTensorInfo& get(std::string_view name) const;

  /// A tensor in F32, F16 or BF16 as a weight, where it lies; others are for `dequantize`.
  /// @throws DataError where there is no such tensor, UnsupportedError where it is of another type.
  [[nodiscard]] StoredTensor weight(std::string_view name) const;

  /// Keeps every view of this file valid.
  [[nodiscard]] std::shared_ptr<const void> storage() const { return state_; }

  /// Gives the memory of data back to the system, if it lies in the mapped file.
  void release(std::span<const std::byte> data) const noexcept;

 private:
  struct Part {
    explicit Part(const std::filesystem::path& path);

    MappedFile file;
    std::string name;  // which entries refer to
    detail::GgufHeader header;
  };

  struct State {
    explicit State(const std::filesystem::path& path);

    void read_other_parts();
    void add_tensors();

    std::deque<Part> parts;
    std::vector<GgufTensorInfo> tensors;
    std::map<std::string_view, const GgufEntry*> keys_by_name;
    std::map<std::string_view, const GgufTensorInfo*> tensors_by_name;
  };

  std::shared_ptr<const State> state_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_file.ipp>
#endif
