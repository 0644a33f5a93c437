#pragma once

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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

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

}  // namespace multipruner::inline MULTIPRUNER_ABI
