// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// How well the model before and after pruning predicts a text.
struct TextComparison {
  std::string name{};   ///< e.g. "calibration text"
  std::string file{};   ///< as the spec names it
  std::string shown{};  ///< as people call it: the name of the file, "standard input"
  Index windows = 0, length = 0;
  double dense = 0, pruned = 0;  ///< perplexities
};

/// For machines: file, windows, and perplexities before and after, of each text.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<TextComparison>& texts);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/text_comparison.ipp>
#endif
