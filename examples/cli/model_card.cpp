#include "model_card.hpp"

#include "format.hpp"
#include "table.hpp"
#include "text_files.hpp"
#include "unit_orders.hpp"
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::cli {

namespace {

/// "5, 7 and 6", or "none".
std::string list_of_layers(const Plan& plan, BlockKind kind) {
  std::string text;
  for (const BlockId block : plan.removal_order()) {
    if (block.kind == kind) text += (text.empty() ? "" : ", ") + std::to_string(block.layer);
  }
  return text.empty() ? "none" : text;
}

/// "2: 288, 7: 320", or "none".
std::string list_of_widths(const Plan& plan, BlockKind kind, Index full, Index unit) {
  std::string text;
  for (Index layer = 0; layer < plan.num_layers(); ++layer) {
    const Index width = plan.width({layer, kind});
    if (width == 0 || width == full) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(layer) + ": " + std::to_string(width / unit);
  }
  return text.empty() ? "none" : text;
}

std::string what_was_removed(const ModelCard& card) {
  const ModelConfig& config = card.dense.config();
  const Plan& plan = card.result.plan;
  Table table({"", "layers"});
  table.add({"attention removed, first to last", list_of_layers(plan, BlockKind::attention)});
  table.add({"MLP removed, first to last", list_of_layers(plan, BlockKind::mlp)});
  table.add({"MLP channels left of " + std::to_string(config.intermediate_size),
             list_of_widths(plan, BlockKind::mlp, config.intermediate_size, 1)});
  table.add({"attention heads left of " + std::to_string(config.num_attention_heads),
             list_of_widths(plan, BlockKind::attention, config.attention_width(), config.head_dim)});
  return table.markdown();
}

std::string how(const ModelCard& card) {
  const std::string outcome =
      card.result.outcome == SearchOutcome::reached
          ? ""
          : "\n**The target could not be reached** with these settings; the model is as small as they "
            "allow.\n";
  return "First blocks, then groups of MLP channels, then groups of attention heads were removed, each time "
         "the one whose\n"
         "removal harms the perplexity on a calibration text least (MultiPruner, arXiv 2501.09949). Nothing "
         "was trained.\n" +
         order_sentence(card.order) + "\n" + card.calibration + "\n" + outcome;
}

}  // namespace

nlohmann::ordered_json to_json(const std::vector<TextComparison>& texts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const TextComparison& text : texts) {
    json.push_back({{"text", text.file}, {"windows", text.windows}, {"dense", text.dense}, {"pruned", text.pruned}});
  }
  return json;
}

std::string describe(const Move& move, const ModelConfig& config) {
  const std::string layer = " of layer " + std::to_string(move.block.layer);
  const std::string block = (move.block.kind == BlockKind::mlp ? "MLP" : "attention") + layer;
  if (move.width == 0) return block;
  if (move.block.kind == BlockKind::mlp) return block + " to " + std::to_string(move.width) + " channels";
  return block + " to " + std::to_string(move.width / config.head_dim) + " heads";
}

std::string comparison_table(const ModelCard& card, bool markdown) {
  const ModelConfig& config = card.dense.config();
  const Plan before(card.dense);
  Table table({"", "before", "after"});
  table.add(
      {"parameters", grouped(count_parameters(config, before)), grouped(count_parameters(config, card.result.plan))});
  table.add({"removed", percent(pruning_ratio(config, before)), percent(card.result.ratio)});
  for (const TextComparison& text : card.texts) {
    table.add({"perplexity, " + text.name, perplexity_text(text.dense), perplexity_text(text.pruned)});
  }
  return markdown ? table.markdown() : table.text();
}

std::string warnings_in_markdown(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) text += "\n> **Warning.** " + warning + "\n";
  return text;
}

std::string to_markdown(const ModelCard& card) {
  std::string texts;
  for (const TextComparison& text : card.texts) {
    texts += "- " + text.name + ": " + text_name(text.file) + ", " + std::to_string(text.windows) + " windows of " +
             std::to_string(text.length) + " tokens\n";
  }
  return "---\nbase_model: " + card.base_model +
         "\ntags:\n- multipruner\n- pruned\n---\n\n"
         "# " +
         card.base_model + ", " + fixed(card.result.ratio, 1) + " % smaller\n\n" + comparison_table(card, true) + "\n" +
         texts + warnings_in_markdown(card.warnings) + (card.zeros.empty() ? "" : "\n" + card.zeros) +
         "\n## How it was made\n\n" + how(card) +
         "\nExact numbers of every step and of all alternatives are in `log.json`. The command, with DIR for "
         "this folder:\n\n"
         "```sh\n" +
         card.command + "\n```\n\n" + what_was_removed(card) +
         "\nLayers count from 0.\n\n## How to load it\n\n"
         "```sh\nmultipruner generate DIR --prompt \"Once upon a time\"\nmultipruner eval DIR --text "
         "FILE\n```\n\n"
         "```cpp\n#include <multipruner/multipruner.hpp>\n\nconst auto graph = "
         "multipruner::load<>(\"DIR\");\n```\n\n"
         "The layout is that of MultiPruner's released extraction: tensors are cut under their original "
         "names, config.json\n"
         "keeps the sizes of the unpruned model, and `pruning_config.json` tells what is left of each layer. "
         "Loaders that take\n"
         "all sizes from config.json do not accept it.\n";
}

}  // namespace multipruner::cli
