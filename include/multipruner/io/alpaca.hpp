#pragma once

#include <string>
#include <string_view>

namespace multipruner {

/// The prompt of Stanford Alpaca up to and including "### Response:\n"; an empty `input` takes the short
/// form.
///
/// Exactly the template of the `text` column of tatsu-lab/alpaca: no blank after "request.".
/// Source: R. Taori et al., "Stanford Alpaca: An Instruction-following LLaMA model" (2023).
[[nodiscard]] inline std::string alpaca_prompt(std::string_view instruction, std::string_view input = {}) {
  std::string prompt = "Below is an instruction that describes a task";
  if (!input.empty()) prompt += ", paired with an input that provides further context";
  prompt += ". Write a response that appropriately completes the request.\n\n### Instruction:\n";
  prompt += instruction;
  if (!input.empty()) prompt.append("\n\n### Input:\n").append(input);
  return prompt += "\n\n### Response:\n";
}

/// A whole Alpaca example: the prompt with its response, `output`, directly behind it.
[[nodiscard]] inline std::string alpaca_text(std::string_view instruction, std::string_view input,
                                             std::string_view output) {
  return alpaca_prompt(instruction, input).append(output);
}

}  // namespace multipruner
