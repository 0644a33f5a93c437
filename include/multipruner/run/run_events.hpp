// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Told something in a sentence.
using TextSink = std::function<void(std::string_view text)>;

/// What a run tells while it works; each may be empty.
struct RunEvents {
  /// What it is about to do, or has found out: a word for the left of a list, and a line.
  std::function<void(std::string_view topic, std::string_view text)> on_note{};
  TextSink on_warning{};  ///< what is likely to be wrong although the work goes on
  /// A step of the search, with its number in the run and its cost as people know it, a perplexity.
  std::function<void(std::size_t number, const PruningStep& step, double shown)> on_step{};

  void note(std::string_view topic, std::string_view text) const {
    if (on_note) on_note(topic, text);
  }
  void warn(std::string_view text) const {
    if (on_warning) on_warning(text);
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
