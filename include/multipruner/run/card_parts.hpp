// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/text_comparison.hpp>
#include <multipruner/simd/compute.hpp>

/// @file
/// What the cards of all models have that were made by a run, and descriptions of models.

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Front matter for the Hub: the base model and its licence, tags, and the perplexity on each text.
/// @param tags  beside the library's
[[nodiscard]] std::string front_matter(const BaseModel& base, const std::vector<std::string>& tags,
                                       const std::vector<TextComparison>& texts);

/// "5, 7, 6", or "none".
[[nodiscard]] std::string list_of_layers(const std::vector<Index>& layers);

/// A row a text, with its perplexities before and after.
void add_perplexities(TextTable& table, const std::vector<TextComparison>& texts);

/// Warnings of the loader as Markdown; empty without any.
[[nodiscard]] std::string warnings_in_markdown(const std::vector<std::string>& warnings);

/// What the numbers are of, and what they do not say. @param made  the new model, in a word: "smaller"
[[nodiscard]] std::string limits_of_numbers(const std::vector<TextComparison>& texts, simd::Compute compute,
                                            const std::string& made);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/card_parts.ipp>
#endif
