// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Integers of up to 64 bits, float and double.
template <class T>
concept JsonNumber =
    (std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8) || std::same_as<T, float> || std::same_as<T, double>;

/// The values, both ends included, that a number may have; the default is everything its type can hold.
template <class T>
struct Bounds {};
template <JsonNumber T>
struct Bounds<T> {
  T minimum = std::floating_point<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  T maximum = std::floating_point<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A JSON value as an error message shows it.
[[nodiscard]] std::string describe_json(const nlohmann::json& value);

[[noreturn]] void throw_json_mismatch(const std::string& where, std::string_view expected, const nlohmann::json& found);

/// What from_json reads everything as. @throws DataError where the value is something else, or out of bounds.
[[nodiscard]] std::int64_t number_from_json(const nlohmann::json& value, const std::string& where,
                                            Bounds<std::int64_t> bounds);
[[nodiscard]] std::uint64_t number_from_json(const nlohmann::json& value, const std::string& where,
                                             Bounds<std::uint64_t> bounds);
[[nodiscard]] float number_from_json(const nlohmann::json& value, const std::string& where, Bounds<float> bounds);
[[nodiscard]] double number_from_json(const nlohmann::json& value, const std::string& where, Bounds<double> bounds);
[[nodiscard]] bool bool_from_json(const nlohmann::json& value, const std::string& where);
[[nodiscard]] std::string string_from_json(const nlohmann::json& value, const std::string& where);

/// How many elements an array has. @throws DataError where the value is none.
[[nodiscard]] std::size_t array_size_from_json(const nlohmann::json& value, const std::string& where);
[[nodiscard]] const nlohmann::json& element_from_json(const nlohmann::json& array, std::size_t index);

/// The type that a number is read as: integers as the largest of their kind.
template <JsonNumber T>
using ReadNumber = std::conditional_t<std::floating_point<T>, T,
                                      std::conditional_t<std::signed_integral<T>, std::int64_t, std::uint64_t>>;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
T from_json(const nlohmann::json& value, const std::string& where, Bounds<T> bounds = {}) {
  if constexpr (JsonNumber<T>) {
    return static_cast<T>(number_from_json(value, where, Bounds<ReadNumber<T>>{bounds.minimum, bounds.maximum}));
  } else if constexpr (std::same_as<T, bool>) {
    return bool_from_json(value, where);
  } else if constexpr (std::same_as<T, std::string>) {
    return string_from_json(value, where);
  } else {
    static_assert(is_vector<T>, "JsonReader reads numbers, booleans, strings, and vectors of these");
    T result;
    const std::size_t size = array_size_from_json(value, where);
    for (std::size_t i = 0; i < size; ++i) {
      const std::string element = where + "[" + std::to_string(i) + "]";
      result.push_back(from_json<typename T::value_type>(element_from_json(value, i), element));
    }
    return result;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Reads the entries of a JSON object and says, where one is not as expected, which: "config.json:
/// rope_scaling.factor: expected a number, found the string "8"".
///
/// T is a number type (integers must be written as such and fit), bool, std::string, or a std::vector of
/// these. null stands for an absent entry, as transformers writes it. A reader shares the document with the
/// readers of its nested objects; copies are cheap.
class JsonReader {
 public:
  /// Takes an object that was read from `source`, the name that errors mention.
  /// @throws DataError where the value is not an object.
  JsonReader(nlohmann::json document, std::string source);

  /// Reads a file such as config.json. @throws FileError, DataError
  [[nodiscard]] static JsonReader open(const std::filesystem::path& path);

  /// Whether the entry is there and not null.
  [[nodiscard]] bool contains(const std::string& key) const { return find(key) != nullptr; }

  /// @throws DataError where the entry is absent, null, of another type, or out of bounds.
  template <class T>
  [[nodiscard]] T require(const std::string& key, Bounds<T> bounds = {}) const {
    return detail::from_json<T>(required(key), where(key), bounds);
  }

  /// Nothing where the entry is absent or null. @throws DataError where it is of another type or out of
  /// bounds.
  template <class T>
  [[nodiscard]] std::optional<T> optional(const std::string& key, Bounds<T> bounds = {}) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return std::nullopt;
    return detail::from_json<T>(*value, where(key), bounds);
  }

  /// The default where the entry is absent or null. @throws DataError as `optional`.
  template <class T>
  [[nodiscard]] T get_or(const std::string& key, std::type_identity_t<T> otherwise, Bounds<T> bounds = {}) const {
    return optional<T>(key, bounds).value_or(std::move(otherwise));
  }

  /// A nested object. @throws DataError where it is absent, null, or no object.
  [[nodiscard]] JsonReader require_object(const std::string& key) const;

  /// A nested object, nothing where it is absent or null. @throws DataError where it is no object.
  [[nodiscard]] std::optional<JsonReader> optional_object(const std::string& key) const;

  /// An array of objects, empty where it is absent or null. @throws DataError where it is something else.
  [[nodiscard]] std::vector<JsonReader> objects(const std::string& key) const;

  /// The object itself, for what this class has no words for; <nlohmann/json.hpp> defines it.
  [[nodiscard]] const nlohmann::json& json() const { return *object_; }

  /// The name of the file.
  [[nodiscard]] const std::string& source() const { return source_; }

  /// Where an entry stands, for errors: "config.json: rope_scaling.factor".
  [[nodiscard]] std::string where(std::string_view key) const { return source_ + ": " + path_to(key); }

 private:
  JsonReader(std::shared_ptr<const nlohmann::json> object, std::string source, std::string path);

  [[nodiscard]] std::string path_to(std::string_view key) const;

  [[nodiscard]] const nlohmann::json* find(const std::string& key) const;

  [[nodiscard]] const nlohmann::json& required(const std::string& key) const;

  std::shared_ptr<const nlohmann::json> object_;
  std::string source_, path_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/json_reader.ipp>
#endif
