#pragma once

#include <cmath>
#include <concepts>
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

#include <nlohmann/json.hpp>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

template <class T>
concept JsonNumber = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

/// The values, both ends included, that a number may have; the default is everything its type can hold.
template <class T>
struct Bounds {};
template <JsonNumber T>
struct Bounds<T> {
  T minimum = std::floating_point<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  T maximum = std::floating_point<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
};

namespace detail {

/// A JSON value as an error message shows it.
[[nodiscard]] std::string describe_json(const nlohmann::json& value);

[[noreturn]] void throw_json_mismatch(const std::string& where, std::string_view expected, const nlohmann::json& found);

template <JsonNumber T>
T number_from_json(const nlohmann::json& value, const std::string& where, Bounds<T> bounds) {
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

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
T from_json(const nlohmann::json& value, const std::string& where, Bounds<T> bounds = {}) {
  if constexpr (JsonNumber<T>) {
    return number_from_json<T>(value, where, bounds);
  } else if constexpr (std::same_as<T, bool>) {
    if (!value.is_boolean()) throw_json_mismatch(where, "true or false", value);
    return value.get<bool>();
  } else if constexpr (std::same_as<T, std::string>) {
    if (!value.is_string()) throw_json_mismatch(where, "a string", value);
    return value.get<std::string>();
  } else {
    static_assert(is_vector<T>, "JsonReader reads numbers, booleans, strings, and vectors of these");
    if (!value.is_array()) throw_json_mismatch(where, "an array", value);
    T result;
    for (std::size_t i = 0; i < value.size(); ++i) {
      result.push_back(from_json<typename T::value_type>(value[i], where + "[" + std::to_string(i) + "]"));
    }
    return result;
  }
}

}  // namespace detail

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
  JsonReader(nlohmann::json document, std::string source)
      : JsonReader(std::make_shared<const nlohmann::json>(std::move(document)), std::move(source), "") {}

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

  /// The object itself, for what this class has no words for.
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

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/json_reader.ipp>
#endif
