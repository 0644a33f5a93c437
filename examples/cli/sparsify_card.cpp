// SPDX-License-Identifier: MIT
#include "sparsify_card.hpp"

#include <algorithm>

#include <multipruner/plan/plan.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/model_card.hpp>

namespace multipruner::cli {

namespace {

/// The linears of one kind, over all layers.
struct RoleSummary {
  TensorRole role;
  Index layers = 0, weights = 0, zeros = 0;
  double loss = 0, energy = 0;
  const SparsifiedLinear* worst = nullptr;  ///< that loses the largest share of its output
};

std::vector<RoleSummary> summaries_of(const std::vector<SparsifiedLinear>& linears) {
  std::vector<RoleSummary> summaries;
  for (const SparsifiedLinear& linear : linears) {
    auto found = std::ranges::find(summaries, linear.role, &RoleSummary::role);
    if (found == summaries.end()) found = summaries.insert(found, RoleSummary{.role = linear.role});
    ++found->layers;
    found->weights += linear.weights;
    found->zeros += linear.zeros;
    found->loss += linear.relative_loss();
    if (found->worst == nullptr || linear.relative_loss() > found->worst->relative_loss()) found->worst = &linear;
  }
  return summaries;
}

std::string how(const SparsifyCard& card) {
  const std::string notes = remarks(card.result.linears);
  return "Weights of the linears were set to zero (`--pattern " + card.pattern + "`, `--method " + card.method +
         "`), layer by layer, each on\nits inputs in the model that is pruned up to there. Nothing was trained.\n" +
         (card.pattern_in_words.empty() ? "" : "With this pattern, " + card.pattern_in_words + ".\n") +
         card.calibration + "\n" + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace

double total_sparsity(const std::vector<SparsifiedLinear>& linears) {
  SparsifiedLinear all;
  for (const SparsifiedLinear& linear : linears) {
    all.weights += linear.weights;
    all.zeros += linear.zeros;
  }
  return all.sparsity();
}

std::string comparison_table(const SparsifyCard& card, bool markdown) {
  TextTable table({"", "before", "after"});
  table.add({"zeros in pruned linears", "", percent_text(total_sparsity(card.result.linears))});
  for (const TextComparison& text : card.texts) {
    table.add({"perplexity, " + text.name, perplexity_text(text.dense), perplexity_text(text.pruned)});
  }
  return markdown ? table.markdown() : table.text();
}

std::string linear_table(const SparsifyCard& card, bool markdown) {
  TextTable table({"linear", "layers", "zeros", "output lost", "most", "in layer"});
  for (const RoleSummary& summary : summaries_of(card.result.linears)) {
    const double zeros = 100 * static_cast<double>(summary.zeros) / static_cast<double>(summary.weights);
    table.add({std::string(name_of(summary.role)), std::to_string(summary.layers), percent_text(zeros),
               percent_text(100 * summary.loss / static_cast<double>(summary.layers)),
               percent_text(100 * summary.worst->relative_loss()), std::to_string(summary.worst->layer)});
  }
  return markdown ? table.markdown() : table.text();
}

std::string remarks(const std::vector<SparsifiedLinear>& linears) {
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

std::string to_markdown(const SparsifyCard& card) {
  std::string texts;
  for (const TextComparison& text : card.texts) {
    texts += "- " + text.name + ": " + text.shown + ", " + std::to_string(text.windows) + " windows of " +
             std::to_string(text.length) + " tokens\n";
  }
  const Graph& graph = card.result.graph;
  const bool whole = Plan(graph) == Plan(graph.config());
  return "---\nbase_model: " + card.base_model + "\ntags:\n- multipruner\n- pruned\n- sparse\n---\n\n# " +
         card.base_model + ", weights " + card.pattern + " pruned\n\n" + comparison_table(card, true) + "\n" + texts +
         warnings_in_markdown(card.warnings) + (card.zeros.empty() ? "" : "\n" + card.zeros) +
         "\n## How it was made\n\n" + how(card) +
         "\nNumbers of every linear are in `sparsity.json`. The command, with DIR for this folder:\n\n```sh\n" +
         card.command + "\n```\n\n" + linear_table(card, true) +
         "\n*Output lost* is the squared change of a linear's outputs relative to their squares: the mean over layers, "
         "and the\nlargest. Layers count from 0.\n\n## How to load it\n\n" +
         (whole ? "As the model it was made from: shapes, names and scalar types are the same, and zeros are stored.\n"
                : "As the pruned model it was made from: shapes, names and scalar types are the same, and zeros are "
                  "stored.\n") +
         "\n```sh\nmultipruner inspect DIR\nmultipruner eval DIR --text FILE\n```\n";
}

nlohmann::ordered_json linears_json(const std::vector<SparsifiedLinear>& linears) {
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

}  // namespace multipruner::cli
