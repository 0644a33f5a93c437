// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/mapped_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Python's json module writes the literals NaN, Infinity and -Infinity, which JSON does not have. These are
/// the JSON strings of the same length that stand for them while a text is parsed, so that positions in
/// errors stay true.
struct NonFiniteLiteral {
  std::string_view literal, stand_in, parsed;
  double value;
};

inline constexpr NonFiniteLiteral non_finite_literals[] = {
    {"-Infinity", "\"\\u0000 \"", std::string_view("\0 ", 2), -std::numeric_limits<double>::infinity()},
    {"Infinity", "\"\\u0000\"", std::string_view("\0", 1), std::numeric_limits<double>::infinity()},
    {"NaN", "\"\x7f\"", "\x7f", std::numeric_limits<double>::quiet_NaN()},
};

/// The text with every non-finite literal outside a string replaced by its stand-in; nothing if there is
/// none.
[[nodiscard]] inline std::optional<std::string> replace_non_finite_literals(std::string_view text) {
  std::optional<std::string> result;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;  // the next character is escaped
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      for (const NonFiniteLiteral& known : non_finite_literals) {
        if (!text.substr(i).starts_with(known.literal)) continue;
        if (!result) result = text;
        result->replace(i, known.literal.size(), known.stand_in);
        i += known.literal.size() - 1;
        break;
      }
    }
  }
  return result;
}

/// How deep objects and arrays may lie in one another. Files of models need less than ten; what walks through a value
/// calls itself as deep, and must not run out of stack.
inline constexpr Index deepest_json = 100;

/// @throws FileError where a text nests deeper than that.
inline void require_shallow_json(std::string_view text, const std::string& where) {
  Index depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;  // the next character is escaped
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest_json) {
        throw FileError(where, "nests objects or arrays deeper than " + std::to_string(deepest_json) + " levels",
                        "Restore or correct the file");
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

/// The parser's callback: remembers the first duplicate key, and turns stand-ins into the numbers they stand
/// for.
class JsonObserver {
 public:
  explicit JsonObserver(bool has_stand_ins) : has_stand_ins_(has_stand_ins) {}

  bool operator()(int /*depth*/, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) {
      open_objects_.emplace_back();
    } else if (event == Event::object_end) {
      open_objects_.pop_back();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!open_objects_.back().insert(name).second && !duplicate_) duplicate_ = name;
    } else if (event == Event::value && has_stand_ins_ && parsed.is_string()) {
      const auto& text = parsed.get_ref<const std::string&>();
      for (const NonFiniteLiteral& known : non_finite_literals) {
        if (text != known.parsed) continue;
        parsed = known.value;
        break;
      }
    }
    return true;
  }

  [[nodiscard]] const std::optional<std::string>& duplicate() const { return duplicate_; }

 private:
  bool has_stand_ins_;
  std::vector<std::set<std::string>> open_objects_;
  std::optional<std::string> duplicate_;
};

MULTIPRUNER_INLINE std::string json_problem(const nlohmann::json::exception& error) {
  std::string text = error.what();
  if (const auto end_of_code = text.find("] "); end_of_code != std::string::npos) text.erase(0, end_of_code + 2);
  constexpr std::size_t longest = 240;
  if (text.size() > longest) text = text.substr(0, longest) + " ...";
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE nlohmann::json parse_json(std::string_view text, const std::string& where,
                                             DuplicateKeys duplicates) {
  detail::require_shallow_json(text, where);
  const auto replaced = detail::replace_non_finite_literals(text);
  if (replaced) text = *replaced;
  detail::JsonObserver observer{replaced.has_value()};
  nlohmann::json::parser_callback_t callback;  // none is faster, and mostly none is needed
  if (replaced || duplicates == DuplicateKeys::reject) callback = std::ref(observer);
  nlohmann::json result;
  try {
    result = nlohmann::json::parse(text.begin(), text.end(), callback);
  } catch (const nlohmann::json::exception& error) {
    refuse_other_kinds(text, where);
    throw FileError(where, "is not valid JSON: " + detail::json_problem(error), "Restore or correct the file");
  }
  if (duplicates == DuplicateKeys::reject && observer.duplicate()) {
    throw FileError(where, "has the key \"" + *observer.duplicate() + "\" twice", "Restore or correct the file");
  }
  return result;
}

MULTIPRUNER_INLINE nlohmann::json read_json_file(const std::filesystem::path& path, DuplicateKeys duplicates) {
  return parse_json(MappedFile(path).text(), path.string(), duplicates);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE const char* non_finite_text(double number, NonFinite how) {
  if (how == NonFinite::as_null) return "null";
  return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
