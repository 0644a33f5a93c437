// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE Index removed_count(const Unstructured& pattern, Index count) {
  if (!(pattern.ratio >= 0 && pattern.ratio <= 100)) {
    throw OptionError("sparsity pattern", "the ratio is " + std::to_string(pattern.ratio),
                      "Give a percentage from 0 to 100");
  }
  return static_cast<Index>(std::floor(static_cast<double>(count) * pattern.ratio / 100));
}

MULTIPRUNER_INLINE std::string to_string(const SparsityPattern& pattern) {
  if (const auto* grouped = std::get_if<NOfM>(&pattern)) {
    return std::to_string(grouped->removed) + ":" + std::to_string(grouped->group);
  }
  return exact_text(std::get<Unstructured>(pattern).ratio) + "%";
}

MULTIPRUNER_INLINE void require_pattern(const SparsityPattern& pattern, Index columns, const std::string& where) {
  if (const auto* unstructured = std::get_if<Unstructured>(&pattern)) {
    if (unstructured->ratio >= 0 && unstructured->ratio <= 100) return;
    throw OptionError(where, "the ratio is " + to_string(pattern), "Give a percentage from 0 to 100");
  }
  const auto& [removed, group] = std::get<NOfM>(pattern);
  if (group < 1 || removed < 0 || removed > group) {
    throw OptionError(where, "a group of " + std::to_string(group) + " has no " + std::to_string(removed) + " weights",
                      "Give N:M with N removed of M weights, e.g. 2:4, or keep-N:M with N that stay");
  }
  if (columns % group != 0) {
    throw OptionError(where,
                      to_string(pattern) + " does not divide a matrix of " + std::to_string(columns) + " columns",
                      "Choose groups that divide the number of inputs");
  }
}

MULTIPRUNER_INLINE std::string describe(const SparsityPattern& pattern) {
  const auto* grouped = std::get_if<NOfM>(&pattern);
  if (grouped == nullptr) return to_string(pattern) + " of the weights are removed";
  const auto& [removed, group] = *grouped;
  const Index kept = group - removed;
  return "of each " + std::to_string(group) + " consecutive weights of a row " + std::to_string(removed) +
         (removed == 1 ? " is" : " are") + " removed and " + std::to_string(kept) + (kept == 1 ? " stays" : " stay");
}

MULTIPRUNER_INLINE SparsityPattern parse_sparsity_pattern(std::string_view text, const std::string& option) {
  const std::string where = option + " " + std::string(text);
  const auto neither = [&] {
    return OptionError(where, "it is neither a percentage nor N:M",
                       "Write 50%, or 2:4 for 2 of each 4 weights removed, or keep-2:4 for 2 that stay");
  };
  const auto number = [&](std::string_view part) {
    Index value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size()) throw neither();
    return value;
  };
  constexpr std::string_view keep = "keep-";
  const bool keeps = text.starts_with(keep);
  const std::string_view groups = keeps ? text.substr(keep.size()) : text;
  const std::size_t colon = groups.find(':');
  if (colon == std::string_view::npos) {
    const auto percentage = keeps ? std::nullopt : percentage_of(option, text);
    if (!percentage) throw neither();
    require_pattern(Unstructured{*percentage}, 1, where);
    return Unstructured{*percentage};
  }
  NOfM pattern{number(groups.substr(0, colon)), number(groups.substr(colon + 1))};
  const Index columns = std::max<Index>(pattern.group, 1);  // any that the groups divide
  require_pattern(pattern, columns, where);
  if (keeps) pattern.removed = pattern.group - pattern.removed;
  return pattern;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
