// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/evaluation/require_finite_loss.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/judge_text.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE PerplexityResult judge_text(const ModelView& view, const TokenWindows& windows,
                                               const Judgement& what, ProgressSink& progress,
                                               const TextSink& on_warning) {
  PerplexityResult result = evaluate_perplexity(view, windows, progress, what.options);
  require_finite_loss(view, windows, result, what.model + " on " + what.text, what.options.compute, what.remedy);
  if (!result.climb || !on_warning) return result;
  const LossClimb& climb = *result.climb;
  on_warning(what.model + " on " + what.text + ": the loss climbs towards the end of windows of " +
             grouped_text(windows.longest()) + " tokens, from " + fixed_text(climb.best, 2) + " to " +
             fixed_text(climb.at_end, 2) +
             " nats a token, as it does where a model was trained on shorter ones; --seqlen " +
             std::to_string(climb.works_until) + " is what works");
  return result;
}

MULTIPRUNER_INLINE std::optional<std::string> warning_of_long_windows(const WindowSettings& settings,
                                                                      const ModelConfig& config) {
  const Index most = config.max_position_embeddings;
  if (!settings.seqlen || most <= 0 || *settings.seqlen <= most) return std::nullopt;
  return "--seqlen: " + grouped_text(*settings.seqlen) + " tokens are more than the " + grouped_text(most) +
         " that the model was made for (max_position_embeddings of config.json)";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
