// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Told something in a sentence.
using TextSink = std::function<void(std::string_view text)>;

/// A step of the search of a run.
struct RunStep {
  std::size_t number = 0;  ///< in the run, from 0
  const PruningStep& step;
  std::string what{};  ///< for people: "MLP of layer 2 to 320 channels"
  double shown = 0;    ///< its cost as people know it, e.g. a perplexity
};

/// What a run tells while it works; each may be empty.
struct RunEvents {
  /// What it is about to do, or has found out: a word for the left of a list, and a line.
  std::function<void(std::string_view topic, std::string_view text)> on_note{};
  TextSink on_warning{};  ///< what is likely to be wrong although the work goes on
  std::function<void(const RunStep& step)> on_step{};

  void note(std::string_view topic, std::string_view text) const {
    if (on_note) on_note(topic, text);
  }
  void warn(std::string_view text) const {
    if (on_warning) on_warning(text);
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
