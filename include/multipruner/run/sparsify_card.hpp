// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/sparsify_result.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/sparsify_spec.hpp>
#include <multipruner/run/text_comparison.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// All that the card of a model with weights set to zero tells.
struct SparsifyCard {
  const SparsifyResult& result;
  SparsifySpec spec{};
  BaseModel base{};
  std::string calibration{};            ///< a sentence on the text and how much of it was used
  std::string zeros{};                  ///< a table of them, as Markdown, where the model had a weight mask before
  std::vector<TextComparison> texts{};  ///< empty where nothing was evaluated
  std::vector<std::string> warnings{};  ///< of the loader, about the model that was pruned
};

/// The table of before and after, for a terminal or (`markdown`) for the card.
[[nodiscard]] std::string comparison_table(const SparsifyCard& card, bool markdown);

/// README.md of a model with weights set to zero: front matter for the Hub, what it lost, how it was made, what the
/// numbers say and do not say, how to load it. Paths of this machine are in none of it.
[[nodiscard]] std::string to_markdown(const SparsifyCard& card);

/// Percent of the weights of all these linears that are zero.
[[nodiscard]] double total_sparsity(const std::vector<SparsifiedLinear>& linears);

/// For every kind of linear its zeros, and how much of its output is lost; for a terminal or (`markdown`) for the card.
[[nodiscard]] std::string linear_table(const std::vector<SparsifiedLinear>& linears, bool markdown);

/// What did not go as planned, e.g. that more damping was needed, a line each; empty if all did.
[[nodiscard]] std::string remarks_on(const std::vector<SparsifiedLinear>& linears);

/// Every linear, for machines.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<SparsifiedLinear>& linears);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/sparsify_card.ipp>
#endif
