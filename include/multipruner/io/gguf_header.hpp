// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_entry.hpp>
#include <multipruner/io/gguf_tensor_info.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

static_assert(std::endian::native == std::endian::little, "GGUF files are read and written without swapping");

/// The validated contents of a GGUF file; all views are of the file.
struct GgufHeader {
  std::uint32_t version = 0;
  std::vector<GgufEntry> keys{};
  std::vector<GgufTensorInfo> tensors{};

  /// Null where there is no such key.
  [[nodiscard]] const GgufEntry* find_key(std::string_view name) const;
};

/// Parses and checks a GGUF file of version 2 or 3 (format: docs/gguf.md of github.com/ggml-org/ggml): counts, keys
/// with values of known types, infos of tensors, and data inside the file that overlaps nowhere.
class GgufHeaderParser {
 public:
  /// @param file  the whole file @param name  for errors; it must live as long as the entries
  GgufHeaderParser(std::span<const std::byte> file, std::string_view name) : file_(file), name_(name) {}

  /// @throws FileError where the file contradicts the format; UnsupportedError where it is of another version, byte
  /// order or has a tensor of an unknown type.
  [[nodiscard]] GgufHeader parse();

 private:
  [[noreturn]] void fail(const std::string& part, std::string problem, std::string remedy) const;
  [[noreturn]] void fail_truncated(const std::string& part) const;

  void check_magic() const;
  [[nodiscard]] std::uint32_t parse_version();
  void check_count(const char* what, std::uint64_t count, std::uint64_t least_bytes) const;

  [[nodiscard]] std::size_t left() const { return file_.size() - position_; }
  void skip(std::uint64_t bytes, const std::string& part);
  template <class T>
  [[nodiscard]] T read(const std::string& part);
  [[nodiscard]] std::string_view read_text(const std::string& part);
  [[nodiscard]] std::string_view read_name(const std::string& part);
  [[nodiscard]] GgufValueType read_value_type(const std::string& part);

  [[nodiscard]] GgufEntry parse_key(Index number);
  void skip_values(GgufValueType type, std::uint64_t count, const std::string& part, int depth);

  /// Where the data of a tensor is said to lie, from the start of the data section.
  struct Place {
    std::uint64_t begin = 0, size = 0;
  };
  [[nodiscard]] Place parse_tensor(Index number, GgufTensorInfo& info);
  void parse_shape(GgufTensorInfo& info, const std::string& part);
  [[nodiscard]] std::uint64_t alignment(const GgufHeader& header) const;
  void find_data(GgufHeader& header, const std::vector<Place>& places) const;
  void check_overlaps(const GgufHeader& header) const;

  std::span<const std::byte> file_;
  std::string_view name_;
  std::size_t position_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_header.ipp>
#endif
