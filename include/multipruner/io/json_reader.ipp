// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string describe_json(const nlohmann::json& value) {
  constexpr std::size_t longest = 60;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size()) + " elements";
  std::string text = to_json_text(value, NonFinite::as_in_python);
  text.pop_back();  // the newline
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return value.is_string() ? "the string " + text : text;
}

MULTIPRUNER_INLINE void throw_json_mismatch(const std::string& where, std::string_view expected,
                                            const nlohmann::json& found) {
  throw DataError(where, "expected " + std::string(expected) + ", found " + describe_json(found), "Correct the file");
}

template <JsonNumber T>
T checked_number(const nlohmann::json& value, const std::string& where, Bounds<T> bounds) {
  bool inside = false;
  if constexpr (std::floating_point<T>) {
    if (!value.is_number()) throw_json_mismatch(where, "a number", value);
    const double number = value.get<double>();
    const bool fits = !std::isfinite(number) || std::abs(number) <= double{std::numeric_limits<T>::max()};
    inside = fits && number >= bounds.minimum && number <= bounds.maximum;  // false for NaN
  } else {
    if (!value.is_number_integer()) throw_json_mismatch(where, "an integer", value);
    const auto check = [&](auto number) {
      return std::cmp_greater_equal(number, bounds.minimum) && std::cmp_less_equal(number, bounds.maximum);
    };
    inside = value.is_number_unsigned() ? check(value.get<std::uint64_t>()) : check(value.get<std::int64_t>());
  }
  if (inside) return value.get<T>();
  throw_json_mismatch(
      where, "a number in [" + describe_json(bounds.minimum) + ", " + describe_json(bounds.maximum) + "]", value);
}

MULTIPRUNER_INLINE std::int64_t number_from_json(const nlohmann::json& value, const std::string& where,
                                                 Bounds<std::int64_t> bounds) {
  return checked_number(value, where, bounds);
}

MULTIPRUNER_INLINE std::uint64_t number_from_json(const nlohmann::json& value, const std::string& where,
                                                  Bounds<std::uint64_t> bounds) {
  return checked_number(value, where, bounds);
}

MULTIPRUNER_INLINE float number_from_json(const nlohmann::json& value, const std::string& where, Bounds<float> bounds) {
  return checked_number(value, where, bounds);
}

MULTIPRUNER_INLINE double number_from_json(const nlohmann::json& value, const std::string& where,
                                           Bounds<double> bounds) {
  return checked_number(value, where, bounds);
}

MULTIPRUNER_INLINE bool bool_from_json(const nlohmann::json& value, const std::string& where) {
  if (!value.is_boolean()) throw_json_mismatch(where, "true or false", value);
  return value.get<bool>();
}

MULTIPRUNER_INLINE std::string string_from_json(const nlohmann::json& value, const std::string& where) {
  if (!value.is_string()) throw_json_mismatch(where, "a string", value);
  return value.get<std::string>();
}

MULTIPRUNER_INLINE std::size_t array_size_from_json(const nlohmann::json& value, const std::string& where) {
  if (!value.is_array()) throw_json_mismatch(where, "an array", value);
  return value.size();
}

MULTIPRUNER_INLINE const nlohmann::json& element_from_json(const nlohmann::json& array, std::size_t index) {
  return array[index];
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE JsonReader::JsonReader(nlohmann::json document, std::string source)
    : JsonReader(std::make_shared<const nlohmann::json>(std::move(document)), std::move(source), "") {}

MULTIPRUNER_INLINE JsonReader JsonReader::open(const std::filesystem::path& path) {
  return {read_json_file(path), path.string()};
}

MULTIPRUNER_INLINE JsonReader JsonReader::require_object(const std::string& key) const {
  return {std::shared_ptr<const nlohmann::json>(object_, &required(key)), source_, path_to(key)};
}

MULTIPRUNER_INLINE std::optional<JsonReader> JsonReader::optional_object(const std::string& key) const {
  if (!contains(key)) return std::nullopt;
  return require_object(key);
}

MULTIPRUNER_INLINE std::vector<JsonReader> JsonReader::objects(const std::string& key) const {
  const nlohmann::json* array = find(key);
  if (array == nullptr) return {};
  if (!array->is_array()) detail::throw_json_mismatch(where(key), "an array", *array);
  std::vector<JsonReader> readers;
  for (std::size_t i = 0; i < array->size(); ++i) {
    readers.push_back(JsonReader(std::shared_ptr<const nlohmann::json>(object_, &(*array)[i]), source_,
                                 path_to(key) + "[" + std::to_string(i) + "]"));
  }
  return readers;
}

MULTIPRUNER_INLINE JsonReader::JsonReader(std::shared_ptr<const nlohmann::json> object, std::string source,
                                          std::string path)
    : object_(std::move(object)), source_(std::move(source)), path_(std::move(path)) {
  if (object_->is_object()) return;
  detail::throw_json_mismatch(path_.empty() ? source_ : source_ + ": " + path_, "an object", *object_);
}

MULTIPRUNER_INLINE std::string JsonReader::path_to(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

MULTIPRUNER_INLINE const nlohmann::json* JsonReader::find(const std::string& key) const {
  const auto entry = object_->find(key);
  return entry == object_->end() || entry->is_null() ? nullptr : &*entry;
}

MULTIPRUNER_INLINE const nlohmann::json& JsonReader::required(const std::string& key) const {
  if (const nlohmann::json* value = find(key)) return *value;
  throw DataError(where(key), object_->contains(key) ? "is null, but needed" : "is missing", "Add it to the file");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
