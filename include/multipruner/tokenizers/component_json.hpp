#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/regex.hpp>

namespace multipruner::detail {

/// @throws UnsupportedError, always: a tokenizer file asks for something that is not implemented.
[[noreturn]] inline void refuse_tokenizer(const std::string& where, const std::string& what) {
  throw UnsupportedError(where, what + " is not supported",
                         "Use a BPE tokenizer without it, or bring your own implementation of Tokenizer");
}

/// Calls `visit(step, type)` for a component of tokenizer.json, or for those of which a "Sequence" consists.
/// @param list the name that this kind of sequence gives to its members.
template <class Visit>
void for_each_step(const std::optional<JsonReader>& component, const std::string& list, Visit&& visit) {
  if (!component) return;
  const auto type = component->require<std::string>("type");
  if (type != "Sequence") return visit(*component, type);
  for (const auto& step : component->objects(list)) for_each_step(step, list, visit);
}

/// A member that is one character. @throws DataError where it is anything else.
[[nodiscard]] inline std::string require_character(const JsonReader& step, const std::string& key) {
  auto character = step.require<std::string>(key);
  if (!character.empty() && utf8_sequence_size(character) == character.size()) return character;
  throw DataError(step.where(key), "\"" + character + "\" is not one character", "Restore the file from its source");
}

/// The regular expression that matches a text literally.
[[nodiscard]] inline std::string quoted_pattern(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{})").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// The member "pattern" of `Split` and `Replace`: {"String": ...} or {"Regex": ...}.
/// @throws UnsupportedError for regular expressions that are not translated.
[[nodiscard]] inline Regex read_pattern(const JsonReader& step) {
  const auto pattern = step.require_object("pattern");
  return {pattern.contains("String") ? quoted_pattern(pattern.require<std::string>("String"))
                                     : pattern.require<std::string>("Regex"),
          step.where("pattern")};
}

}  // namespace multipruner::detail
