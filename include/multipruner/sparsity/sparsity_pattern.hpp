#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <multipruner/core/error.hpp>
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
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, std::get<Unstructured>(pattern).ratio).ptr;
  return std::string(text, end) + "%";
}

/// Checks a pattern against a matrix of so many columns.
/// @throws OptionError for a ratio outside [0, 100], or groups that are impossible or do not divide the columns.
inline void require_pattern(const SparsityPattern& pattern, Index columns) {
  if (const auto* unstructured = std::get_if<Unstructured>(&pattern)) {
    if (unstructured->ratio >= 0 && unstructured->ratio <= 100) return;
    throw OptionError("sparsity pattern", "the ratio is " + to_string(pattern), "Give a percentage from 0 to 100");
  }
  const auto& [removed, group] = std::get<NOfM>(pattern);
  if (group < 1 || removed < 0 || removed > group) {
    throw OptionError("sparsity pattern", to_string(pattern) + " cannot be",
                      "Give N:M with N removed of M weights, as 2:4");
  }
  if (columns % group != 0) {
    throw OptionError("sparsity pattern",
                      to_string(pattern) + " does not divide a matrix of " + std::to_string(columns) + " columns",
                      "Choose groups that divide the number of inputs");
  }
}

/// Reads "50", "50%" or "2:4".
/// @throws OptionError for any other text, and for ratios and groups that cannot be.
[[nodiscard]] inline SparsityPattern parse_sparsity_pattern(std::string_view text) {
  const auto number = [&]<class Number>(std::string_view part, Number value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error == std::errc{} && end == part.data() + part.size()) return value;
    throw OptionError("sparsity pattern", "'" + std::string(text) + "' is neither a percentage nor N:M",
                      "Write 50% or 2:4");
  };
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const NOfM pattern{number(text.substr(0, colon), Index{}), number(text.substr(colon + 1), Index{})};
    require_pattern(pattern, pattern.group > 0 ? pattern.group : 1);
    return pattern;
  }
  const Unstructured pattern{number(text.ends_with('%') ? text.substr(0, text.size() - 1) : text, double{})};
  require_pattern(pattern, 1);
  return pattern;
}

}  // namespace multipruner
