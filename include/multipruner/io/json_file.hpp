// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// What to do where an object of a JSON text has the same key twice.
enum class DuplicateKeys { keep_last, reject };

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the JSON parser says, without its own error codes, and short enough for one line.
[[nodiscard]] std::string json_problem(const nlohmann::json::exception& error);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Parses a JSON text; the literals NaN, Infinity and -Infinity, which Python writes, are numbers too.
/// @param where names the text in errors.
/// @throws FileError with the position where the text is not JSON, or has a key twice and that is to be
/// rejected; also where it nests absurdly deep, and where the text is of a kind that people give by mistake, e.g. a Git
/// LFS pointer, which it then names.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& where,
                                        DuplicateKeys duplicates = DuplicateKeys::keep_last);

/// Reads a JSON file, e.g. config.json.
/// @throws FileError where it is missing, unreadable, or not valid JSON, with the position.
[[nodiscard]] nlohmann::json read_json_file(const std::filesystem::path& path,
                                            DuplicateKeys duplicates = DuplicateKeys::keep_last);

/// How a number is written that is not finite, which JSON cannot say: as null, which every reader takes, or with the
/// literals NaN, Infinity and -Infinity of Python's json module, which are no JSON.
enum class NonFinite { as_null, as_in_python };

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] const char* non_finite_text(double number, NonFinite how);

template <class Json>
void append_json(std::string& text, const Json& value, NonFinite non_finite, std::size_t depth) {
  const auto new_line = [&](std::size_t level) { text.append("\n").append(2 * level, ' '); };
  if (value.is_number_float() && !std::isfinite(value.template get<double>())) {
    text += non_finite_text(value.template get<double>(), non_finite);
  } else if (!value.is_structured() || value.empty()) {
    text += value.dump();
  } else {
    const bool is_object = value.is_object();
    text += is_object ? '{' : '[';
    bool first = true;
    for (const auto& [key, item] : value.items()) {
      if (!std::exchange(first, false)) text += ',';
      new_line(depth + 1);
      if (is_object) text.append(Json(key).dump()).append(": ");
      append_json(text, item, non_finite, depth + 1);
    }
    new_line(depth);
    text += is_object ? '}' : ']';
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The text of a JSON value in the layout of Hugging Face's files: two spaces a level and a final newline. Takes
/// nlohmann's json and ordered_json.
/// @throws OptionError where a string is not UTF-8.
template <class Json>
[[nodiscard]] std::string to_json_text(const Json& value, NonFinite non_finite = NonFinite::as_null) {
  std::string text;
  try {
    detail::append_json(text, value, non_finite, 0);
  } catch (const nlohmann::json::exception& error) {
    throw OptionError("JSON text", "cannot be written: " + detail::json_problem(error), "Give text in UTF-8");
  }
  return text + "\n";
}

/// Writes a JSON file atomically, in the layout of `to_json_text`. @throws OutputError where it cannot be
/// written.
template <class Json>
void write_json_file(const std::filesystem::path& path, const Json& value) {
  write_file_atomically(path, to_json_text(value));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/json_file.ipp>
#endif
