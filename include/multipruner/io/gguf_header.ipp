// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/gguf_header.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/io/utf8.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr const char* restore_gguf = "Restore the file from its source, or make it again";

MULTIPRUNER_INLINE const GgufEntry* GgufHeader::find_key(std::string_view name) const {
  const auto found = std::ranges::find(keys, name, &GgufEntry::name);
  return found == keys.end() ? nullptr : &*found;
}

MULTIPRUNER_INLINE GgufHeader GgufHeaderParser::parse() {
  GgufHeader header;
  check_magic();
  header.version = parse_version();
  const auto tensors = read<std::uint64_t>("header"), keys = read<std::uint64_t>("header");
  check_count("keys", keys, 13);
  check_count("tensors", tensors, 33);

  std::set<std::string_view> names;
  for (std::uint64_t i = 0; i < keys; ++i) {
    header.keys.push_back(parse_key(static_cast<Index>(i)));
    if (!names.insert(header.keys.back().name()).second) {
      fail("key " + std::string(header.keys.back().name()), "is there twice", restore_gguf);
    }
  }
  std::vector<Place> places;
  for (std::uint64_t i = 0; i < tensors; ++i) {
    places.push_back(parse_tensor(static_cast<Index>(i), header.tensors.emplace_back()));
  }
  names.clear();
  for (const GgufTensorInfo& info : header.tensors) {
    if (!names.insert(info.name).second) fail("tensor " + info.name, "is there twice", restore_gguf);
  }
  find_data(header, places);
  check_overlaps(header);
  return header;
}

MULTIPRUNER_INLINE void GgufHeaderParser::fail(const std::string& part, std::string problem, std::string remedy) const {
  throw FileError(std::string(name_) + ": " + part, std::move(problem), std::move(remedy));
}

MULTIPRUNER_INLINE void GgufHeaderParser::fail_truncated(const std::string& part) const {
  fail(part, "is cut off by the end of the file", "The file is truncated: copy or download it again");
}

MULTIPRUNER_INLINE void GgufHeaderParser::check_magic() const {
  const std::string_view text(reinterpret_cast<const char*>(file_.data()), file_.size());
  if (text.starts_with("GGUF")) return;
  refuse_other_kinds(text, std::string(name_));
  for (const std::string_view older : {"lmgg", "fmgg", "tjgg", "algg"}) {
    if (!text.starts_with(older)) continue;
    throw UnsupportedError(std::string(name_), "is in one of the formats that llama.cpp had before GGUF",
                           "Make a GGUF file of the model with a newer converter");
  }
  throw FileError(std::string(name_), "is no GGUF file: it does not begin with these letters",
                  "Check that it is the file that you mean");
}

MULTIPRUNER_INLINE std::uint32_t GgufHeaderParser::parse_version() {
  position_ = 4;
  const auto version = read<std::uint32_t>("header");
  if (version == 2 || version == 3) return version;
  if (version != 0 && (version & 0xffffu) == 0) {
    throw UnsupportedError(
        std::string(name_), "is big-endian",
        "Convert it with gguf_convert_endian.py of llama.cpp, or get one for little-endian machines");
  }
  throw UnsupportedError(std::string(name_), "is of version " + std::to_string(version) + " of GGUF; 2 and 3 are read",
                         "Make it again with a newer converter, or check for a newer multipruner");
}

/// What follows must have room for so many, so that nothing is begun that cannot end.
MULTIPRUNER_INLINE void GgufHeaderParser::check_count(const char* what, std::uint64_t count,
                                                      std::uint64_t least_bytes) const {
  if (count <= left() / least_bytes) return;
  fail("header",
       "claims " + std::to_string(count) + " " + what + ", more than " + std::to_string(left()) + " bytes hold",
       "The file is truncated or damaged: copy or download it again");
}

MULTIPRUNER_INLINE void GgufHeaderParser::skip(std::uint64_t bytes, const std::string& part) {
  if (bytes > left()) fail_truncated(part);
  position_ += static_cast<std::size_t>(bytes);
}

template <class T>
T GgufHeaderParser::read(const std::string& part) {
  if (left() < sizeof(T)) fail_truncated(part);
  T value;
  std::memcpy(&value, file_.data() + position_, sizeof(T));
  position_ += sizeof(T);
  return value;
}

MULTIPRUNER_INLINE std::string_view GgufHeaderParser::read_text(const std::string& part) {
  const auto length = read<std::uint64_t>(part);
  skip(length, part);
  return {reinterpret_cast<const char*>(file_.data()) + position_ - length, static_cast<std::size_t>(length)};
}

MULTIPRUNER_INLINE std::string_view GgufHeaderParser::read_name(const std::string& part) {
  const std::string_view name = read_text(part);
  if (name.empty() || find_invalid_utf8(name)) fail(part, "has a name that is empty or not UTF-8", restore_gguf);
  return name;
}

MULTIPRUNER_INLINE GgufValueType GgufHeaderParser::read_value_type(const std::string& part) {
  const auto type = read<std::uint32_t>(part);
  if (type >= gguf_value_types) fail(part, "has a value of the unknown type " + std::to_string(type), restore_gguf);
  return static_cast<GgufValueType>(type);
}

MULTIPRUNER_INLINE GgufEntry GgufHeaderParser::parse_key(Index number) {
  const std::string_view name = read_name("key number " + std::to_string(number));
  const std::string part = "key " + std::string(name);
  GgufValueType type = read_value_type(part);
  const bool is_array = type == GgufValueType::array;
  std::uint64_t count = 1;
  if (is_array) {
    type = read_value_type(part);
    count = read<std::uint64_t>(part);
  }
  const std::size_t begin = position_;
  skip_values(type, count, part, 1);
  return {name_, name, type, is_array, static_cast<Index>(count), file_.subspan(begin, position_ - begin)};
}

/// @param depth  of arrays in arrays
MULTIPRUNER_INLINE void GgufHeaderParser::skip_values(GgufValueType type, std::uint64_t count, const std::string& part,
                                                      int depth) {
  constexpr int deepest = 4;
  constexpr std::uint64_t length_bytes = 8, array_bytes = 12;  // the least that a string and an array take
  const bool is_text = type == GgufValueType::string, is_array = type == GgufValueType::array;
  const std::uint64_t least = is_text    ? length_bytes
                              : is_array ? array_bytes
                                         : static_cast<std::uint64_t>(bytes_of(type));
  if (count > left() / least) fail_truncated(part);
  if (!is_text && !is_array) return skip(count * least, part);
  if (is_array && depth == deepest) {
    fail(part, "has arrays in arrays, more than " + std::to_string(deepest) + " deep", restore_gguf);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (is_text) {
      skip(read<std::uint64_t>(part), part);
    } else {
      const GgufValueType inner = read_value_type(part);
      skip_values(inner, read<std::uint64_t>(part), part, depth + 1);
    }
  }
}

MULTIPRUNER_INLINE GgufHeaderParser::Place GgufHeaderParser::parse_tensor(Index number, GgufTensorInfo& info) {
  info.name = read_name("tensor number " + std::to_string(number));
  const std::string part = "tensor " + info.name;
  parse_shape(info, part);
  const auto type = read<std::uint32_t>(part);
  const GgufTypeTraits* traits = find_gguf_type(type);
  if (traits == nullptr) {
    throw UnsupportedError(std::string(name_) + ": " + part, "has the unknown type " + std::to_string(type),
                           "Get the model in another quantisation, e.g. Q4_K_M or Q8_0");
  }
  info.type = traits->type;
  const std::string of_shape = std::string(traits->name) + " of shape " + describe_shape(info.shape);
  if (info.columns() % traits->block_values != 0) {
    fail(part,
         "is " + of_shape + ", whose rows are no whole blocks of " + std::to_string(traits->block_values) + " values",
         restore_gguf);
  }
  Index size = traits->block_bytes;
  bool fits = !__builtin_mul_overflow(size, info.columns() / traits->block_values, &size);
  for (std::size_t i = 0; i + 1 < info.shape.size(); ++i) {
    fits = fits && !__builtin_mul_overflow(size, info.shape[i], &size);
  }
  if (!fits) fail(part, "is " + of_shape + ", more than any file can hold", restore_gguf);
  return {read<std::uint64_t>(part), static_cast<std::uint64_t>(size)};
}

MULTIPRUNER_INLINE void GgufHeaderParser::parse_shape(GgufTensorInfo& info, const std::string& part) {
  const auto dimensions = read<std::uint32_t>(part);
  if (dimensions < 1 || dimensions > 4) {
    fail(part, "has " + std::to_string(dimensions) + " dimensions; the format has 1 to 4", restore_gguf);
  }
  Index values = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto extent = read<std::uint64_t>(part);
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
    if (extent < 1 || extent > largest || __builtin_mul_overflow(values, static_cast<Index>(extent), &values)) {
      fail(part, "has an extent of " + std::to_string(extent) + ": no values, or more than any file can hold",
           restore_gguf);
    }
    info.shape.insert(info.shape.begin(), static_cast<Index>(extent));
  }
}

MULTIPRUNER_INLINE std::uint64_t GgufHeaderParser::alignment(const GgufHeader& header) const {
  const GgufEntry* entry = header.find_key("general.alignment");
  if (entry == nullptr) return 32;
  const Index alignment = entry->type() == GgufValueType::uint32 && !entry->is_array() ? entry->integer() : 0;
  if (alignment < 8 || !std::has_single_bit(static_cast<std::uint64_t>(alignment))) {
    fail("key general.alignment", "is no u32 that is a power of two from 8 on", restore_gguf);
  }
  return static_cast<std::uint64_t>(alignment);
}

MULTIPRUNER_INLINE void GgufHeaderParser::find_data(GgufHeader& header, const std::vector<Place>& places) const {
  const std::uint64_t aligned = alignment(header);
  const std::uint64_t begin = (position_ + aligned - 1) / aligned * aligned;
  const std::uint64_t size = file_.size() - std::min<std::uint64_t>(begin, file_.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    GgufTensorInfo& info = header.tensors[i];
    const Place& place = places[i];
    if (place.begin % aligned != 0) {
      fail("tensor " + info.name,
           "begins at byte " + std::to_string(place.begin) + " of the data, which is not aligned to " +
               std::to_string(aligned),
           restore_gguf);
    }
    if (place.begin > size || place.size > size - place.begin) {
      fail("tensor " + info.name,
           "has " + std::to_string(place.size) + " bytes from byte " + std::to_string(place.begin) +
               " on, but the data has " + std::to_string(size),
           "The file is truncated: copy or download it again");
    }
    info.data = file_.subspan(static_cast<std::size_t>(begin + place.begin), static_cast<std::size_t>(place.size));
  }
}

MULTIPRUNER_INLINE void GgufHeaderParser::check_overlaps(const GgufHeader& header) const {
  std::vector<const GgufTensorInfo*> order;
  for (const GgufTensorInfo& info : header.tensors) order.push_back(&info);
  std::ranges::stable_sort(order, {}, [](const GgufTensorInfo* info) { return info->data.data(); });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->data.data() + order[i - 1]->data.size() > order[i]->data.data()) {
      fail("tensor " + order[i]->name, "overlaps tensor " + order[i - 1]->name, restore_gguf);
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
