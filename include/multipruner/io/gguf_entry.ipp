// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include <multipruner/core/error.hpp>
#include <multipruner/io/gguf_entry.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] constexpr bool is_integer_type(GgufValueType type) {
  using enum GgufValueType;
  return type <= int32 || type == uint64 || type == int64;
}

[[nodiscard]] constexpr bool is_number_type(GgufValueType type) {
  return is_integer_type(type) || type == GgufValueType::float32 || type == GgufValueType::float64;
}

[[nodiscard]] inline std::vector<std::string> copies_of(const std::vector<std::string_view>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::string GgufEntry::description() const {
  const std::string name(name_of(type_));
  if (is_array_) return "an array of " + name + (detail::is_number_type(type_) ? "" : "s");
  return (name.front() == 'i' || name.front() == 'f' ? "an " : "a ") + name;
}

MULTIPRUNER_INLINE Index GgufEntry::integer() const {
  require(detail::is_integer_type(type_), false, "an integer");
  return integer_at(0);
}

MULTIPRUNER_INLINE double GgufEntry::number() const {
  require(detail::is_number_type(type_), false, "a number");
  return number_at(0);
}

MULTIPRUNER_INLINE bool GgufEntry::boolean() const {
  require(type_ == GgufValueType::boolean, false, "a bool");
  return boolean_at(0);
}

MULTIPRUNER_INLINE std::string_view GgufEntry::string() const {
  require(type_ == GgufValueType::string, false, "a string");
  return {reinterpret_cast<const char*>(data_.data()) + sizeof(std::uint64_t), data_.size() - sizeof(std::uint64_t)};
}

MULTIPRUNER_INLINE std::vector<Index> GgufEntry::integers() const {
  require(detail::is_integer_type(type_), true, "an array of integers");
  std::vector<Index> result(static_cast<std::size_t>(count_));
  for (Index i = 0; i < count_; ++i) result[static_cast<std::size_t>(i)] = integer_at(i);
  return result;
}

MULTIPRUNER_INLINE std::vector<double> GgufEntry::numbers() const {
  require(detail::is_number_type(type_), true, "an array of numbers");
  std::vector<double> result(static_cast<std::size_t>(count_));
  for (Index i = 0; i < count_; ++i) result[static_cast<std::size_t>(i)] = number_at(i);
  return result;
}

MULTIPRUNER_INLINE std::vector<bool> GgufEntry::booleans() const {
  require(type_ == GgufValueType::boolean, true, "an array of bools");
  std::vector<bool> result(static_cast<std::size_t>(count_));
  for (Index i = 0; i < count_; ++i) result[static_cast<std::size_t>(i)] = boolean_at(i);
  return result;
}

MULTIPRUNER_INLINE std::vector<std::string_view> GgufEntry::strings() const {
  require(type_ == GgufValueType::string, true, "an array of strings");
  std::vector<std::string_view> result(static_cast<std::size_t>(count_));
  const auto* bytes = reinterpret_cast<const char*>(data_.data());
  for (std::string_view& text : result) {  // whose lengths were checked when the file was opened
    std::uint64_t length = 0;
    std::memcpy(&length, bytes, sizeof(length));
    text = {bytes + sizeof(length), static_cast<std::size_t>(length)};
    bytes = text.data() + text.size();
  }
  return result;
}

MULTIPRUNER_INLINE GgufKey GgufEntry::copy() const {
  const auto value = [&]() -> GgufKey::Value {
    switch (type_) {
      case GgufValueType::uint8:
        return copy_numbers<std::uint8_t>();
      case GgufValueType::int8:
        return copy_numbers<std::int8_t>();
      case GgufValueType::uint16:
        return copy_numbers<std::uint16_t>();
      case GgufValueType::int16:
        return copy_numbers<std::int16_t>();
      case GgufValueType::uint32:
        return copy_numbers<std::uint32_t>();
      case GgufValueType::int32:
        return copy_numbers<std::int32_t>();
      case GgufValueType::float32:
        return copy_numbers<float>();
      case GgufValueType::uint64:
        return copy_numbers<std::uint64_t>();
      case GgufValueType::int64:
        return copy_numbers<std::int64_t>();
      case GgufValueType::float64:
        return copy_numbers<double>();
      case GgufValueType::boolean:
        return is_array_ ? GgufKey::Value(booleans()) : GgufKey::Value(boolean());
      case GgufValueType::string:
        return is_array_ ? GgufKey::Value(detail::copies_of(strings())) : GgufKey::Value(std::string(string()));
      case GgufValueType::array:
        break;
    }
    fail("is an array of arrays, which is not copied");
  };
  return {std::string(name_), value()};
}

MULTIPRUNER_INLINE void GgufEntry::fail(const std::string& problem) const {
  throw DataError(std::string(file_) + ": key " + std::string(name_), problem,
                  "Check the file, or make it again with llama.cpp's converter");
}

MULTIPRUNER_INLINE void GgufEntry::require(bool is_right_type, bool array, const char* wanted) const {
  if (!is_right_type || is_array_ != array) fail("is " + description() + ", not " + wanted);
}

template <class T>
T GgufEntry::load(Index i) const {
  T value;
  std::memcpy(&value, data_.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

template <class T>
GgufKey::Value GgufEntry::copy_numbers() const {
  if (!is_array_) return load<T>(0);
  std::vector<T> result(static_cast<std::size_t>(count_));
  for (Index i = 0; i < count_; ++i) result[static_cast<std::size_t>(i)] = load<T>(i);
  return result;
}

MULTIPRUNER_INLINE Index GgufEntry::integer_at(Index i) const {
  switch (type_) {
    case GgufValueType::uint8:
      return load<std::uint8_t>(i);
    case GgufValueType::int8:
      return load<std::int8_t>(i);
    case GgufValueType::uint16:
      return load<std::uint16_t>(i);
    case GgufValueType::int16:
      return load<std::int16_t>(i);
    case GgufValueType::uint32:
      return load<std::uint32_t>(i);
    case GgufValueType::int32:
      return load<std::int32_t>(i);
    case GgufValueType::int64:
      return load<std::int64_t>(i);
    default:
      break;
  }
  const auto value = load<std::uint64_t>(i);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<Index>::max())) {
    fail("is " + std::to_string(value) + ", where numbers below 2^63 belong");
  }
  return static_cast<Index>(value);
}

MULTIPRUNER_INLINE double GgufEntry::number_at(Index i) const {
  switch (type_) {
    case GgufValueType::float32:
      return load<float>(i);
    case GgufValueType::float64:
      return load<double>(i);
    default:
      return static_cast<double>(integer_at(i));
  }
}

MULTIPRUNER_INLINE bool GgufEntry::boolean_at(Index i) const {
  const auto value = load<std::uint8_t>(i);
  if (value > 1) fail("has a bool with the value " + std::to_string(value));
  return value == 1;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
