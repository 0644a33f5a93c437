// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/text_comparison.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// All that a model card tells.
struct ModelCard {
  const Graph& dense;
  const PruningResult& result;
  BaseModel base{};
  std::string policy{};                     ///< a name
  std::string metric = "perplexity";        ///< by which it decided
  std::vector<PruningStage> stages{};       ///< as they were asked for; empty where the policy has none
  std::string ratio_of = "parameters";      ///< what their ends are of, as RunSpec has it
  std::string decided_by{};                 ///< how the policy decides, as part of a sentence; may be empty
  std::string order{};                      ///< a sentence on the order of channels and heads
  std::vector<std::string> compensation{};  ///< what was done, a sentence a turn
  std::string calibration{};                ///< a sentence on the text and how much of it was used
  std::string zeros{};                      ///< a table of them, as Markdown, where the model has a weight mask
  std::vector<TextComparison> texts{};      ///< empty where nothing was evaluated
  simd::Compute compute = simd::Compute::float32;
  std::string more_commands{};          ///< what comes after the run of the recipe, a line each
  std::vector<std::string> warnings{};  ///< of the loader, about the model that was pruned
};

/// The table of before and after, for a terminal or (`markdown`) for the card.
[[nodiscard]] std::string comparison_table(const ModelCard& card, bool markdown);

/// README.md of a pruned model: front matter for the Hub, what it lost, how it was made, what the numbers say and do
/// not say, how to load it. Paths of this machine are in none of it.
[[nodiscard]] std::string to_markdown(const ModelCard& card);

/// What a step does: "removes the MLP of layer 3", "narrows the MLP of layer 2 to 320 channels".
[[nodiscard]] std::string describe(const Edit& edit, const ModelConfig& config);

/// How people call blocks of a kind: "attention", "MLP".
[[nodiscard]] std::string title_of(const Kind& kind);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/model_card.ipp>
#endif
