// SPDX-License-Identifier: MIT
#include "judge.hpp"

#include <multipruner/evaluation/require_finite_loss.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::cli {

PerplexityResult judge(const ModelView& view, const TokenWindows& windows, const Judgement& what, Console& console) {
  PerplexityResult result = evaluate_perplexity(view, windows, console.progress(), what.options);
  require_finite_loss(view, windows, result, what.model + " on " + what.text, what.options.compute, what.remedy);
  if (result.climb) {
    const LossClimb& climb = *result.climb;
    console.warn(what.model + " on " + what.text + ": the loss climbs towards the end of windows of " +
                 grouped_text(windows.longest()) + " tokens, from " + fixed_text(climb.best, 2) + " to " +
                 fixed_text(climb.at_end, 2) +
                 " nats a token, as it does where a model was trained on shorter ones; --seqlen " +
                 std::to_string(climb.works_until) + " is what works");
  }
  return result;
}

void warn_of_long_windows(const WindowSettings& flags, const ModelConfig& config, Console& console) {
  const Index most = config.max_position_embeddings;
  if (!flags.seqlen || most <= 0 || *flags.seqlen <= most) return;
  console.warn("--seqlen: " + grouped_text(*flags.seqlen) + " tokens are more than the " + grouped_text(most) +
               " that the model was made for (max_position_embeddings of config.json)");
}

}  // namespace multipruner::cli
