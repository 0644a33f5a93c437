#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <multipruner/core/error.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// Any weights may go, as long as they are so many.
struct Unstructured {
  double ratio = 50;  ///< percent of the weights that are removed, 0 to 100

  friend bool operator==(const Unstructured&, const Unstructured&) = default;
};

/// In every row, of each `group` consecutive weights (0 to group − 1, group to 2 group − 1, ...) `removed` are zero:
/// what sparse matrix units of GPUs take, as 2:4. Written as in the codes of Wanda and SparseGPT, with the removed ones
/// first.
struct NOfM {
  Index removed = 2;
  Index group = 4;

  friend bool operator==(const NOfM&, const NOfM&) = default;
};

/// Which weights of a linear layer may be removed together.
using SparsityPattern = std::variant<Unstructured, NOfM>;

/// How many of `count` weights are removed, rounded down. @throws OptionError for a ratio outside [0, 100].
[[nodiscard]] inline Index removed_count(const Unstructured& pattern, Index count) {
  if (!(pattern.ratio >= 0 && pattern.ratio <= 100)) {
    throw OptionError("sparsity pattern", "the ratio is " + std::to_string(pattern.ratio),
                      "Give a percentage from 0 to 100");
  }
  return static_cast<Index>(std::floor(static_cast<double>(count) * pattern.ratio / 100));
}

/// "50%" or "2:4".
[[nodiscard]] inline std::string to_string(const SparsityPattern& pattern) {
  if (const auto* grouped = std::get_if<NOfM>(&pattern)) {
    return std::to_string(grouped->removed) + ":" + std::to_string(grouped->group);
  }
  return exact_text(std::get<Unstructured>(pattern).ratio) + "%";
}

/// Checks a pattern against a matrix of so many columns.
/// @throws OptionError for a ratio outside [0, 100], or groups that are impossible or do not divide the columns.
/// @param where  what errors say that it is
inline void require_pattern(const SparsityPattern& pattern, Index columns,
                            const std::string& where = "sparsity pattern") {
  if (const auto* unstructured = std::get_if<Unstructured>(&pattern)) {
    if (unstructured->ratio >= 0 && unstructured->ratio <= 100) return;
    throw OptionError(where, "the ratio is " + to_string(pattern), "Give a percentage from 0 to 100");
  }
  const auto& [removed, group] = std::get<NOfM>(pattern);
  if (group < 1 || removed < 0 || removed > group) {
    throw OptionError(where, "a group of " + std::to_string(group) + " has no " + std::to_string(removed) + " weights",
                      "Give N:M with N removed of M weights, as 2:4, or keep-N:M with N that stay");
  }
  if (columns % group != 0) {
    throw OptionError(where,
                      to_string(pattern) + " does not divide a matrix of " + std::to_string(columns) + " columns",
                      "Choose groups that divide the number of inputs");
  }
}

/// What a pattern removes and what it leaves, in words: readers differ in which of the two N:M counts.
[[nodiscard]] inline std::string describe(const SparsityPattern& pattern) {
  const auto* grouped = std::get_if<NOfM>(&pattern);
  if (grouped == nullptr) return to_string(pattern) + " of the weights are removed";
  const auto& [removed, group] = *grouped;
  const Index kept = group - removed;
  return "of each " + std::to_string(group) + " consecutive weights of a row " + std::to_string(removed) +
         (removed == 1 ? " is" : " are") + " removed and " + std::to_string(kept) + (kept == 1 ? " stays" : " stay");
}

/// Reads "50", "50%", "1:4", of which the removed ones come first, or "keep-3:4", which is the same: there the first
/// number is that of the weights that stay.
/// @param option  what is read, for errors
/// @throws OptionError for any other text, for a percentage that may be a share of 1 (parse_percentage), and for ratios
/// and groups that cannot be.
[[nodiscard]] inline SparsityPattern parse_sparsity_pattern(std::string_view text,
                                                            const std::string& option = "sparsity pattern") {
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

}  // namespace multipruner
