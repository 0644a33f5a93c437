// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string_view>

#include <multipruner/core/error.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/component_json.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void refuse_tokenizer(const std::string& where, const std::string& what) {
  throw UnsupportedError(where, what + " is not supported",
                         "Use a BPE tokenizer without it, or bring your own implementation of Tokenizer");
}

MULTIPRUNER_INLINE std::string require_character(const JsonReader& step, const std::string& key) {
  auto character = step.require<std::string>(key);
  if (!character.empty() && utf8_sequence_size(character) == character.size()) return character;
  throw DataError(step.where(key), "\"" + character + "\" is not one character", "Restore the file from its source");
}

MULTIPRUNER_INLINE std::string quoted_pattern(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{})").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

MULTIPRUNER_INLINE Regex read_pattern(const JsonReader& step) {
  const auto pattern = step.require_object("pattern");
  return {pattern.contains("String") ? quoted_pattern(pattern.require<std::string>("String"))
                                     : pattern.require<std::string>("Regex"),
          step.where("pattern")};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
