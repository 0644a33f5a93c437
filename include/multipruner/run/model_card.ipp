// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/card_parts.hpp>
#include <multipruner/run/model_card.hpp>
#include <multipruner/run/recipe.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What was removed before the run and in it.
[[nodiscard]] inline PruningConfig pruning_of(const ModelCard& card) {
  std::vector<BlockId> order = card.dense.origin().removal_order;
  for (const BlockId block : removals_of(card.result)) order.push_back(block);
  return to_pruning_config(card.dense.config(), card.result.plan, order);
}

/// What people count along the first axis of a block: of attention heads, else channels.
[[nodiscard]] inline Index channels_of_one(const BlockSpec& block) {
  const auto* attention = block.as<Attention>();
  return attention != nullptr ? attention->head_dim : 1;
}

/// "2: 288, 7: 320", or "none".
[[nodiscard]] inline std::string list_of_widths(const Plan& plan, const Kind& kind, std::size_t axis) {
  std::string text;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockSpec& block = plan.blocks()[{position}];
    const Index width = plan.width({BlockId{position}, axis});
    if (&block.kind() != &kind || width == 0 || width == block.axis(axis).width) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(block.layer()) + ": " +
            std::to_string(width / channels_of_one(block));
  }
  return text.empty() ? "none" : text;
}

[[nodiscard]] inline std::string what_was_removed(const ModelCard& card) {
  const BlockList& blocks = card.dense.config().blocks;
  const Plan& plan = card.result.plan;
  TextTable table({"", "layers"});
  std::vector<const Kind*> kinds = blocks.kinds();
  const PruningConfig pruning = pruning_of(card);
  for (const Kind* kind : kinds) {
    table.add({title_of(*kind) + " removed, first to last", list_of_layers(pruning.removed_of(kind->file_key))});
  }
  std::ranges::reverse(kinds);  // channels before heads
  for (const Kind* kind : kinds) {
    const BlockSpec& first = *std::ranges::find(blocks, kind, [](const BlockSpec& block) { return &block.kind(); });
    for (std::size_t axis = 0; axis < kind->axes.size(); ++axis) {
      table.add({std::string(kind->axes[axis].name) + " left of " +
                     std::to_string(first.axis(axis).width / channels_of_one(first)),
                 list_of_widths(plan, *kind, axis)});
    }
  }
  return table.markdown();
}

/// What a target is of, in a sentence.
[[nodiscard]] inline std::string whole_of(const std::string& ratio_of) {
  return ratio_of == "milliseconds" ? "the time of a token was saved" : "the " + ratio_of + " were gone";
}

/// "MLP channels were removed until 19.20 % of the parameters were gone, then attention heads until 20.00 %".
[[nodiscard]] inline std::string stages_sentence(const ModelCard& card) {
  std::string text;
  for (const PruningStage& stage : card.stages) {
    const bool first = text.empty();
    text += (first ? "" : ", then ") + name_of(stage) + (first ? " were removed" : "");
    if (stage.until) text += " until " + percent_text(*stage.until) + (first ? " of " + whole_of(card.ratio_of) : "");
  }
  if (text.empty()) {
    if (card.policy.empty()) return "";
    text = "The policy " + card.policy + " decided what to remove";
  }
  return text + (card.decided_by.empty() ? "" : ",\n" + card.decided_by) + ". Nothing was trained.\n";
}

[[nodiscard]] inline std::string how_it_was_made(const ModelCard& card) {
  std::string text = stages_sentence(card) + card.order + "\n" + card.calibration + "\n";
  for (const std::string& sentence : card.compensation) text += "Compensation: " + sentence + ".\n";
  if (card.result.outcome != SearchOutcome::reached) {
    text += "\n**The target could not be reached** with these settings; the model is as small as they allow.\n";
  }
  return text + "\n`" + recipe_name + "` makes it again, with DIR for the new folder:\n\n```sh\nmultipruner run " +
         recipe_name + " --out DIR\n" + card.more_commands +
         "```\n\n`log.json` has every step, with the numbers of all alternatives.\n";
}

[[nodiscard]] inline std::string describe_choice(const BlockChoice& change, const ModelConfig& config) {
  const BlockSpec& block = config.blocks[change.block];
  std::string text = title_of(block.kind()) + " of layer " + std::to_string(block.layer());
  if (block.kind().is_gone(change.choice)) return text;
  if (const auto* attention = block.as<Attention>()) {
    return text + " to " + std::to_string(change.choice[0] / attention->head_dim) + " heads";
  }
  for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
    text += (axis == 0 ? " to " : " and ") + std::to_string(change.choice[axis]) + " channels";
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string title_of(const Kind& kind) {
  return kind.name == GatedMlp::name ? "MLP" : std::string(kind.name);
}

MULTIPRUNER_INLINE std::string describe(const Edit& edit, const ModelConfig& config) {
  std::string text;
  for (const BlockChoice& change : edit.changes())
    text += (text.empty() ? "" : ", ") + detail::describe_choice(change, config);
  return text;
}

MULTIPRUNER_INLINE std::string comparison_table(const ModelCard& card, bool markdown) {
  const ModelConfig& config = card.dense.config();
  const Plan before(card.dense);
  TextTable table({"", "before", "after"});
  table.add({"parameters", grouped_text(count_parameters(config, before)),
             grouped_text(count_parameters(graph_of(card.result, card.dense).config(), card.result.plan))});
  table.add({"removed", percent_text(pruning_ratio(config, before)), percent_text(card.result.ratio)});
  detail::add_perplexities(table, card.texts);
  return markdown ? table.markdown() : table.text();
}

MULTIPRUNER_INLINE std::string to_markdown(const ModelCard& card) {
  return detail::front_matter(card.base, {"pruned"}, card.texts) + "\n# " + card.base.name + ", " +
         fixed_text(card.result.ratio, 1) + " % smaller\n\n" + comparison_table(card, true) +
         detail::warnings_in_markdown(card.warnings) + (card.zeros.empty() ? "" : "\n" + card.zeros) +
         "\n## How it was made\n\n" + detail::how_it_was_made(card) + "\n" +
         (card.result.graph ? "" : detail::what_was_removed(card) + "\nLayers count from 0.\n\n") +
         "## What the numbers say\n\n" + detail::limits_of_numbers(card.texts, card.compute, "smaller") +
         "\n## How to load it\n\n```sh\nmultipruner generate DIR --prompt \"Once upon a time\"\nmultipruner eval "
         "DIR --text FILE\n```\n\n```cpp\n#include <multipruner/multipruner.hpp>\n\nconst auto graph = "
         "multipruner::load<>(\"DIR\");\n```\n\nThe layout is that of MultiPruner's released extraction: tensors are "
         "cut under their original names, config.json\nkeeps the sizes of the unpruned model, and "
         "`pruning_config.json` tells what is left of each layer. Loaders that take\nall sizes from config.json do not "
         "accept it.\n";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
