// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/safetensors_header.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The longest header that the format allows.
inline constexpr std::uint64_t longest_safetensors_header = 100'000'000;

MULTIPRUNER_INLINE SafetensorsHeader SafetensorsHeaderParser::parse() const {
  SafetensorsHeader header;
  const std::string_view text = header_text();
  header.data_begin = static_cast<Index>(text.size()) + length_size;
  const nlohmann::json json = parse_json(text, name_ + ": header", DuplicateKeys::reject);
  if (!json.is_object()) fail("header", "is not a JSON object", restore);
  for (const auto& [key, value] : json.items()) {
    if (key == "__metadata__") {
      header.metadata = parse_metadata(value);
    } else {
      header.tensors.push_back(parse_tensor(key, value));
    }
  }
  std::ranges::stable_sort(header.tensors, {}, [](const TensorInfo& t) { return std::pair(t.begin, t.end); });
  check_data_is_covered(header);
  return header;
}

MULTIPRUNER_INLINE void SafetensorsHeaderParser::fail(const std::string& part, std::string problem,
                                                      std::string remedy) const {
  throw FileError(name_ + ": " + part, std::move(problem), std::move(remedy));
}

MULTIPRUNER_INLINE void SafetensorsHeaderParser::fail_tensor(const std::string& tensor, std::string problem) const {
  fail("tensor " + tensor, std::move(problem), restore);
}

MULTIPRUNER_INLINE std::string_view SafetensorsHeaderParser::header_text() const {
  const auto size = static_cast<Index>(file_.size());
  if (size < length_size) {
    throw FileError(name_, "has " + std::to_string(size) + " bytes; a safetensors file has at least 8", restore);
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file_.data(), sizeof(length));
  const auto rest = static_cast<std::uint64_t>(size - length_size);
  if (length > longest_safetensors_header || length > rest) {
    refuse_other_kinds({reinterpret_cast<const char*>(file_.data()), file_.size()}, name_);
  }
  if (length > longest_safetensors_header) {
    fail("header", "claims " + std::to_string(length) + " bytes; the format allows 100000000",
         "Check that it is a safetensors file");
  }
  if (length > rest) {
    fail("header", "claims " + std::to_string(length) + " bytes, but only " + std::to_string(rest) + " follow",
         "The file is truncated: copy or download it again");
  }
  return {reinterpret_cast<const char*>(file_.data()) + length_size, static_cast<std::size_t>(length)};
}

MULTIPRUNER_INLINE std::map<std::string, std::string> SafetensorsHeaderParser::parse_metadata(
    const nlohmann::json& json) const {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) fail("__metadata__", "is not a JSON object", restore);
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) fail("__metadata__: " + key, "is not a string", restore);
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

MULTIPRUNER_INLINE TensorInfo SafetensorsHeaderParser::parse_tensor(const std::string& tensor,
                                                                    const nlohmann::json& json) const {
  if (!json.is_object()) fail_tensor(tensor, "is described by something else than a JSON object");
  TensorInfo info;
  info.name = tensor;
  const auto dtype = json.find("dtype");
  if (dtype == json.end() || !dtype->is_string()) fail_tensor(tensor, "has no dtype, or one that is not a string");
  info.dtype_name = dtype->get<std::string>();
  info.dtype = weight_dtype(info.dtype_name);
  const auto bits = safetensors_bits(info.dtype_name);
  if (!bits) fail_tensor(tensor, "has the unknown dtype " + dtype->dump());

  info.shape = parse_integers(tensor, json, "shape");
  const auto offsets = parse_integers(tensor, json, "data_offsets");
  if (offsets.size() != 2) {
    fail_tensor(tensor, "has " + std::to_string(offsets.size()) + " data_offsets instead of two");
  }
  info.begin = offsets[0];
  info.end = offsets[1];
  check_bytes(info, *bits);
  return info;
}

MULTIPRUNER_INLINE std::vector<Index> SafetensorsHeaderParser::parse_integers(const std::string& tensor,
                                                                              const nlohmann::json& json,
                                                                              const char* key) const {
  const auto array = json.find(key);
  if (array == json.end() || !array->is_array()) {
    fail_tensor(tensor, std::string("has no ") + key + ", or something else than an array");
  }
  std::vector<Index> integers;
  for (const nlohmann::json& value : *array) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
      fail_tensor(tensor, std::string("has ") + value.dump() + " in its " + key +
                              ", where non-negative integers below 2^63 belong");
    }
    integers.push_back(value.get<Index>());
  }
  return integers;
}

MULTIPRUNER_INLINE void SafetensorsHeaderParser::check_bytes(const TensorInfo& info, int bits) const {
  Index total_bits = bits;  // as if no extent were 0, so that no product of some extents overflows either
  for (const Index extent : info.shape) {
    if (__builtin_mul_overflow(total_bits, std::max(extent, Index{1}), &total_bits)) {
      fail_tensor(info.name, "has the shape " + describe_shape(info.shape) + ", more than any file can hold");
    }
  }
  if (std::ranges::count(info.shape, 0) > 0) total_bits = 0;
  const std::string range = std::string("[") + std::to_string(info.begin) + ", " + std::to_string(info.end) + "]";
  if (info.begin > info.end) fail_tensor(info.name, "has the data_offsets " + range + ", which end before they begin");
  if (total_bits % 8 != 0 || total_bits / 8 != info.byte_count()) {
    fail_tensor(info.name, "has " + std::to_string(info.byte_count()) + " bytes of data, but " + info.dtype_name +
                               " of shape " + describe_shape(info.shape) + " needs " + std::to_string(total_bits) +
                               " bits");
  }
}

MULTIPRUNER_INLINE void SafetensorsHeaderParser::check_data_is_covered(const SafetensorsHeader& header) const {
  const Index size = static_cast<Index>(file_.size()) - header.data_begin;
  Index covered = 0;
  const TensorInfo* previous = nullptr;
  for (const TensorInfo& info : header.tensors) {
    if (info.end > size) {
      fail("tensor " + info.name,
           "ends at byte " + std::to_string(info.end) + " of a data section of " + std::to_string(size) + " bytes",
           "The file is truncated: copy or download it again");
    }
    const std::string before = previous == nullptr ? "the beginning" : "tensor " + previous->name;
    if (info.begin < covered) {
      fail_tensor(info.name, "begins at byte " + std::to_string(info.begin) + " and overlaps " + before +
                                 ", which ends at " + std::to_string(covered));
    }
    if (info.begin > covered) {
      fail_tensor(info.name, "begins at byte " + std::to_string(info.begin) + " and leaves a gap behind " + before +
                                 ", which ends at " + std::to_string(covered));
    }
    covered = info.end;
    previous = &info;
  }
  if (covered != size) {
    fail("data",
         "has " + std::to_string(size - covered) + " bytes behind the last tensor, which ends at " +
             std::to_string(covered),
         restore);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
