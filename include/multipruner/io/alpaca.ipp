// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/io/alpaca.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::string alpaca_prompt(std::string_view instruction, std::string_view input) {
  std::string prompt = "Below is an instruction that describes a task";
  if (!input.empty()) prompt += ", paired with an input that provides further context";
  prompt += ". Write a response that appropriately completes the request.\n\n### Instruction:\n";
  prompt += instruction;
  if (!input.empty()) prompt.append("\n\n### Input:\n").append(input);
  return prompt += "\n\n### Response:\n";
}

MULTIPRUNER_INLINE std::string alpaca_text(std::string_view instruction, std::string_view input,
                                           std::string_view output) {
  return alpaca_prompt(instruction, input).append(output);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
