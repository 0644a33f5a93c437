// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/regex.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws UnsupportedError, always: a tokenizer file asks for something that is not implemented.
[[noreturn]] void refuse_tokenizer(const std::string& where, const std::string& what);

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
[[nodiscard]] std::string require_character(const JsonReader& step, const std::string& key);

/// The regular expression that matches a text literally.
[[nodiscard]] std::string quoted_pattern(const std::string& text);

/// The member "pattern" of `Split` and `Replace`: {"String": ...} or {"Regex": ...}.
/// @throws UnsupportedError for regular expressions that are not translated.
[[nodiscard]] Regex read_pattern(const JsonReader& step);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/component_json.ipp>
#endif
