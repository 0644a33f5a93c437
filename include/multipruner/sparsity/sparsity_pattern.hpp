// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

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
[[nodiscard]] Index removed_count(const Unstructured& pattern, Index count);

/// "50%" or "2:4".
[[nodiscard]] std::string to_string(const SparsityPattern& pattern);

/// Checks a pattern against a matrix of so many columns.
/// @throws OptionError for a ratio outside [0, 100], or groups that are impossible or do not divide the columns.
/// @param where  what errors say that it is
void require_pattern(const SparsityPattern& pattern, Index columns, const std::string& where = "sparsity pattern");

/// What a pattern removes and what it leaves, in words: readers differ in which of the two N:M counts.
[[nodiscard]] std::string describe(const SparsityPattern& pattern);

/// Reads "50", "50%", "1:4", of which the removed ones come first, or "keep-3:4", which is the same: there the first
/// number is that of the weights that stay.
/// @param option  what is read, for errors
/// @throws OptionError for any other text, for a percentage that may be a share of 1 (parse_percentage), and for ratios
/// and groups that cannot be.
[[nodiscard]] SparsityPattern parse_sparsity_pattern(std::string_view text,
                                                     const std::string& option = "sparsity pattern");

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/sparsity_pattern.ipp>
#endif
