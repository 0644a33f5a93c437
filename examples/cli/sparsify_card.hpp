// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/policy/sparsify_result.hpp>
#include <multipruner/run/text_comparison.hpp>

namespace multipruner::cli {

/// All that the card of a model with pruned weights tells.
struct SparsifyCard {
  const SparsifyResult& result;
  std::string base_model;
  std::string pattern, method;
  std::string pattern_in_words;  ///< empty for a percentage
  std::string command;
  std::string calibration;  ///< a sentence on the text and how much of it was used
  std::string zeros;        ///< a table of them, as Markdown, where the model had a weight mask before
  std::vector<TextComparison> texts;
  std::vector<std::string> warnings;  ///< of the loader, about the model that was pruned
};

/// Percent of the weights of all pruned linears that are zero.
[[nodiscard]] double total_sparsity(const std::vector<SparsifiedLinear>& linears);

/// The table of before and after, for a terminal or (`markdown`) for the card.
[[nodiscard]] std::string comparison_table(const SparsifyCard& card, bool markdown);

/// For every kind of linear its zeros, and how much of its output is lost.
[[nodiscard]] std::string linear_table(const SparsifyCard& card, bool markdown);

/// What did not go as planned, e.g. that more damping was needed; empty if all did.
[[nodiscard]] std::string remarks(const std::vector<SparsifiedLinear>& linears);

/// README.md of the model.
[[nodiscard]] std::string to_markdown(const SparsifyCard& card);

/// Every linear, for machines.
[[nodiscard]] nlohmann::ordered_json linears_json(const std::vector<SparsifiedLinear>& linears);

}  // namespace multipruner::cli
