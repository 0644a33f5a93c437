// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <multipruner/report/readable.hpp>
#include <multipruner/run/card_parts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A text as YAML and JSON quote it.
[[nodiscard]] inline std::string quoted_word(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What indexes of models read: a perplexity a text.
[[nodiscard]] inline std::string model_index(const BaseModel& base, const std::vector<TextComparison>& texts) {
  if (texts.empty()) return "";
  std::string index = "model-index:\n- name: " + quoted_word(base.name + ", pruned") + "\n  results:\n";
  for (const TextComparison& text : texts) {
    const auto metric = [](const char* which, double perplexity) {
      return std::string("    - type: perplexity\n      name: ") + which +
             "\n      value: " + fixed_text(perplexity, 4) + "\n";
    };
    index += "  - task:\n      type: text-generation\n    dataset:\n      type: text\n      name: " +
             quoted_word(text.name + ", " + text.shown) + "\n    metrics:\n" + metric("after pruning", text.pruned) +
             metric("before pruning", text.dense);
  }
  return index;
}

MULTIPRUNER_INLINE std::string front_matter(const BaseModel& base, const std::vector<std::string>& tags,
                                            const std::vector<TextComparison>& texts) {
  std::string text = "---\n";
  // The Hub looks the base model up, and shows its kinds of relation alone, of which this is the nearest.
  if (base.is_hub) text += "base_model: " + quoted_word(base.name) + "\nbase_model_relation: finetune\n";
  for (const auto& [key, value] : base.license) text += key + ": " + quoted_word(value) + "\n";
  text += "pipeline_tag: text-generation\ntags:\n- multipruner\n";
  for (const std::string& tag : tags) text += "- " + tag + "\n";
  return text + model_index(base, texts) + "---\n";
}

MULTIPRUNER_INLINE std::string list_of_layers(const std::vector<Index>& layers) {
  std::string text;
  for (const Index layer : layers) text += (text.empty() ? "" : ", ") + std::to_string(layer);
  return text.empty() ? "none" : text;
}

MULTIPRUNER_INLINE void add_perplexities(TextTable& table, const std::vector<TextComparison>& texts) {
  for (const TextComparison& text : texts) {
    table.add({"perplexity, " + text.name, perplexity_text(text.dense), perplexity_text(text.pruned)});
  }
}

MULTIPRUNER_INLINE std::string warnings_in_markdown(const std::vector<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) text += "\n> **Warning.** " + warning + "\n";
  return text;
}

MULTIPRUNER_INLINE std::string limits_of_numbers(const std::vector<TextComparison>& texts, simd::Compute compute,
                                                 const std::string& made) {
  std::string text;
  if (!texts.empty()) text = "Perplexities were computed in " + std::string(name_of(compute)) + " on:\n\n";
  for (const TextComparison& comparison : texts) {
    text += "- " + comparison.name + ": " + comparison.shown + ", " + std::to_string(comparison.windows) +
            " windows of " + std::to_string(comparison.length) + " tokens\n";
  }
  return text + "\nThe calibration text decided what was removed, so its perplexity flatters the " + made +
         " model; another text says more.\nPerplexity says little of knowledge, reasoning or safety: test the model "
         "on your task before you use it.\n";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
