// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

static_assert(std::endian::native == std::endian::little, "safetensors files are read and written without swapping");

/// The validated beginning of a safetensors file.
struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
  Index data_begin = 0;  ///< where the data section begins in the file
};

/// Parses and checks the header of a safetensors file (format: github.com/huggingface/safetensors): eight
/// bytes of length, a JSON object with the type, shape and bytes of every tensor, and a data section that
/// they fill exactly.
class SafetensorsHeaderParser {
 public:
  /// @param file the whole file; its name is for errors.
  SafetensorsHeaderParser(std::span<const std::byte> file, std::string name) : file_(file), name_(std::move(name)) {}

  /// @throws FileError where the file contradicts the format.
  [[nodiscard]] SafetensorsHeader parse() const;

 private:
  static constexpr Index length_size = 8;
  static constexpr const char* restore = "Restore the file from its source, or write it again";

  [[noreturn]] void fail(const std::string& part, std::string problem, std::string remedy) const;
  [[noreturn]] void fail_tensor(const std::string& tensor, std::string problem) const;

  [[nodiscard]] std::string_view header_text() const;

  [[nodiscard]] std::map<std::string, std::string> parse_metadata(const nlohmann::json& json) const;

  [[nodiscard]] TensorInfo parse_tensor(const std::string& tensor, const nlohmann::json& json) const;

  [[nodiscard]] std::vector<Index> parse_integers(const std::string& tensor, const nlohmann::json& json,
                                                  const char* key) const;

  void check_bytes(const TensorInfo& info, int bits) const;

  /// The format wants the data section to be covered without holes and overlaps.
  void check_data_is_covered(const SafetensorsHeader& header) const;

  std::span<const std::byte> file_;
  std::string name_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/safetensors_header.ipp>
#endif
