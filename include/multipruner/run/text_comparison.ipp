// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <multipruner/run/text_comparison.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const std::vector<TextComparison>& texts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const TextComparison& text : texts) {
    json.push_back({{"text", text.file}, {"windows", text.windows}, {"dense", text.dense}, {"pruned", text.pruned}});
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
