// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <nlohmann/json.hpp>

#include <multipruner/plan/plan.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/card_parts.hpp>
#include <multipruner/run/sparsify_card.hpp>
#include <multipruner/run/sparsify_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The linears of one kind, over all layers.
struct LinearSummary {
  TensorRole role{};
  Index layers = 0, weights = 0, zeros = 0;
  double loss = 0;
  const SparsifiedLinear* worst = nullptr;  ///< that loses the largest share of its output
};

[[nodiscard]] inline std::vector<LinearSummary> summaries_of(const std::vector<SparsifiedLinear>& linears) {
  std::vector<LinearSummary> summaries;
  for (const SparsifiedLinear& linear : linears) {
    auto found = std::ranges::find(summaries, linear.role, &LinearSummary::role);
    if (found == summaries.end()) found = summaries.insert(found, LinearSummary{.role = linear.role});
    ++found->layers;
    found->weights += linear.weights;
    found->zeros += linear.zeros;
    found->loss += linear.relative_loss();
    if (found->worst == nullptr || linear.relative_loss() > found->worst->relative_loss()) found->worst = &linear;
  }
  return summaries;
}

/// The command that makes the model again, with MODEL and TEXT for where people have these. All other words are checked
/// names and numbers, which no shell has to be told of.
[[nodiscard]] inline std::string sparsify_command(const SparsifySpec& spec) {
  const SparsifySpec usual;
  std::string command = "multipruner sparsify MODEL --calibration TEXT";
  const auto add = [&](const char* option, const nlohmann::json& value) {
    if (value.is_null()) return;
    command += std::string(" ") + option + " " + (value.is_string() ? value.get<std::string>() : value.dump());
  };
  const auto add_if_set = [&](const char* option, const auto& value) {
    if (value) add(option, *value);
  };
  add("--pattern", to_string(sparsity_pattern_of(spec)));
  add("--method", weight_method_name(spec));
  add_if_set("--solver", spec.solver);
  add_if_set("--damping", spec.damping);
  add_if_set("--block", spec.block);
  for (const std::string& part : spec.skip) add("--skip", part);
  add_if_set("--samples", spec.samples);
  if (spec.sampling != usual.sampling) add("--sampling", spec.sampling);
  add_if_set("--seqlen", spec.windows.seqlen);
  add_if_set("--max-windows", spec.windows.max_windows);
  add_if_set("--ignore-label", spec.windows.ignore_label);
  if (spec.tokenizing.add_bos) command += *spec.tokenizing.add_bos ? " --add-bos" : " --no-add-bos";
  if (!spec.tokenizing.chat_template) command += " --no-chat-template";
  if (spec.compute != usual.compute) add("--compute", std::string(name_of(spec.compute)));
  if (spec.seed != usual.seed) add("--seed", spec.seed);
  return command + " --out DIR";
}

[[nodiscard]] inline std::string how_it_was_made(const SparsifyCard& card) {
  const std::string remarks = remarks_on(card.result.linears), pattern = pattern_in_words(card.spec);
  return "Weights of the linears were set to zero (`--pattern " + to_string(sparsity_pattern_of(card.spec)) +
         "`, `--method " + weight_method_name(card.spec) +
         "`), layer by layer, each on\nits inputs in the model that is pruned up to there. Nothing was trained.\n" +
         (pattern.empty() ? "" : "With this pattern, " + pattern + ".\n") + card.calibration + "\n" +
         (remarks.empty() ? "" : "\n" + remarks) +
         "\nThe command, with MODEL for the model, TEXT for the calibration text and DIR for the new folder:\n\n"
         "```sh\n" +
         sparsify_command(card.spec) + "\n```\n\n" + linear_table(card.result.linears, true) +
         "\n*Output lost* is the squared change of a linear's outputs relative to their squares: the mean over layers, "
         "and the\nlargest. Layers count from 0. `sparsity.json` has the numbers of every linear.\n";
}

[[nodiscard]] inline std::string how_to_load(const Graph& graph) {
  const bool whole = Plan(graph) == Plan(graph.config());
  return std::string("As the ") + (whole ? "" : "pruned ") +
         "model it was made from: shapes, names and scalar types are the same, and zeros are stored.\n"
         "\n```sh\nmultipruner inspect DIR\nmultipruner eval DIR --text FILE\n```\n";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string comparison_table(const SparsifyCard& card, bool markdown) {
  TextTable table({"", "before", "after"});
  table.add({"zeros in pruned linears", "", percent_text(total_sparsity(card.result.linears))});
  detail::add_perplexities(table, card.texts);
  return markdown ? table.markdown() : table.text();
}

MULTIPRUNER_INLINE std::string to_markdown(const SparsifyCard& card) {
  return detail::front_matter(card.base, {"pruned", "sparse"}, card.texts) + "\n# " + card.base.name + ", weights " +
         to_string(sparsity_pattern_of(card.spec)) + " pruned\n\n" + comparison_table(card, true) +
         detail::warnings_in_markdown(card.warnings) + (card.zeros.empty() ? "" : "\n" + card.zeros) +
         "\n## How it was made\n\n" + detail::how_it_was_made(card) + "\n## What the numbers say\n\n" +
         detail::limits_of_numbers(card.texts, card.spec.compute, "sparse") + "\n## How to load it\n\n" +
         detail::how_to_load(card.result.graph);
}

MULTIPRUNER_INLINE double total_sparsity(const std::vector<SparsifiedLinear>& linears) {
  SparsifiedLinear all;
  for (const SparsifiedLinear& linear : linears) {
    all.weights += linear.weights;
    all.zeros += linear.zeros;
  }
  return all.sparsity();
}

MULTIPRUNER_INLINE std::string linear_table(const std::vector<SparsifiedLinear>& linears, bool markdown) {
  TextTable table({"linear", "layers", "zeros", "output lost", "most", "in layer"});
  for (const detail::LinearSummary& summary : detail::summaries_of(linears)) {
    const double zeros = 100 * static_cast<double>(summary.zeros) / static_cast<double>(summary.weights);
    table.add({std::string(name_of(summary.role)), std::to_string(summary.layers), percent_text(zeros),
               percent_text(100 * summary.loss / static_cast<double>(summary.layers)),
               percent_text(100 * summary.worst->relative_loss()), std::to_string(summary.worst->layer)});
  }
  return markdown ? table.markdown() : table.text();
}

MULTIPRUNER_INLINE std::string remarks_on(const std::vector<SparsifiedLinear>& linears) {
  std::string text;
  const auto remark = [&](auto&& applies, const std::string& what) {
    const auto count = std::ranges::count_if(linears, applies);
    if (count > 0) text += std::to_string(count) + " of " + std::to_string(linears.size()) + " linears " + what + "\n";
  };
  remark([](const SparsifiedLinear& linear) { return linear.damping.increases > 0; },
         "needed more damping than was asked for.");
  remark([](const SparsifiedLinear& linear) { return linear.zeroed_rows > 0; },
         "have rows that could not be solved; their removed weights are just zero.");
  remark([](const SparsifiedLinear& linear) { return linear.unconverged_rows > 0; },
         "have rows on which the iteration stopped before it reached its tolerance.");
  remark([](const SparsifiedLinear& linear) { return linear.dead_inputs > 0; },
         "have inputs that were zero for every token.");
  return text;
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const std::vector<SparsifiedLinear>& linears) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const SparsifiedLinear& linear : linears) {
    json.push_back({{"name", linear.name},
                    {"layer", linear.layer},
                    {"role", name_of(linear.role)},
                    {"weights", linear.weights},
                    {"zeros", linear.zeros},
                    {"output_loss", linear.output_loss},
                    {"output_energy", linear.output_energy},
                    {"relative_loss", linear.relative_loss()},
                    {"damping",
                     {{"relative", linear.damping.relative},
                      {"increases", linear.damping.increases},
                      {"clipped", linear.damping.clipped}}},
                    {"dead_inputs", linear.dead_inputs},
                    {"kept_side_rows", linear.kept_side_rows},
                    {"zeroed_rows", linear.zeroed_rows},
                    {"unconverged_rows", linear.unconverged_rows}});
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
