// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/forward/first_non_finite.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/simd/softmax_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline TokenId most_likely(std::span<const float> logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// The tokens of the largest logits, the largest first.
[[nodiscard]] inline std::vector<TokenId> most_likely(std::span<const float> logits, std::size_t count) {
  std::vector<TokenId> order(logits.size());
  std::iota(order.begin(), order.end(), TokenId{0});
  const auto at = [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](TokenId a, TokenId b) { return at(a) != at(b) ? at(a) > at(b) : a < b; });
  order.resize(count);
  return order;
}

/// As often each as its weight is large. @param share  of the sum of all, at which one is drawn: from 0 to below 1
[[nodiscard]] inline std::size_t drawn_at(double share, std::span<const float> weights) {
  const double until = share * std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0;
  std::size_t drawn = 0;
  for (; drawn + 1 < weights.size(); ++drawn) {
    sum += static_cast<double>(weights[drawn]);
    if (sum > until) break;
  }
  return drawn;
}

MULTIPRUNER_INLINE TokenId draw_token(std::span<const float> logits, const GenerationOptions& options,
                                      NumpyRandom& random) {
  const auto kept = static_cast<std::size_t>(options.top_k);
  const bool all = kept == 0 || kept >= logits.size();
  std::vector<TokenId> order;
  std::vector<float> weights;
  if (all) {
    weights.assign(logits.begin(), logits.end());
  } else {
    order = most_likely(logits, kept);
    for (const TokenId id : order) weights.push_back(logits[static_cast<std::size_t>(id)]);
  }
  simd::softmax_weights(weights, options.temperature);
  const std::size_t drawn = drawn_at(random.uniform(), weights);
  return all ? static_cast<TokenId>(drawn) : order[drawn];
}

MULTIPRUNER_INLINE void require_finite_logits(const ModelView& view, std::span<const float> logits,
                                              std::span<const TokenId> seen, simd::Compute compute) {
  if (std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); })) return;
  const NonFinitePlace place = first_non_finite(view, seen, {1, static_cast<Index>(seen.size())}, compute);
  throw DataError("logits behind " + std::to_string(seen.size()) + " tokens",
                  "they are not finite; NaN or infinity first appears in " + label_of(place, view.config()),
                  "Get the checkpoint again; it was damaged, or its training or conversion went wrong");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE std::vector<TokenId> generate(const ModelView& view, std::span<const TokenId> prompt,
                                                 const GenerationOptions& options,
                                                 const std::function<bool(TokenId)>& on_token) {
  if (prompt.empty()) throw OptionError("prompt", "it has no tokens", "Give at least one token to continue from");
  const auto require = [](bool holds, const char* option, const auto value) {
    if (!holds) throw OptionError(option, "is " + std::to_string(value), "Give 0 or more");
  };
  require(options.max_new_tokens >= 0, "max_new_tokens", options.max_new_tokens);
  require(options.temperature >= 0, "temperature", options.temperature);
  require(options.top_k >= 0, "top_k", options.top_k);
  const ModelConfig& config = view.config();
  const Index room = config.max_position_embeddings - static_cast<Index>(prompt.size());
  if (config.max_position_embeddings > 0 && room < 0) {
    throw OptionError("prompt",
                      "it has " + std::to_string(prompt.size()) + " tokens, but the model reads at most " +
                          std::to_string(config.max_position_embeddings),
                      "Give a shorter prompt");
  }
  const Index limit =
      config.max_position_embeddings > 0 ? std::min(options.max_new_tokens, room) : options.max_new_tokens;
  Workspace workspace(options.compute);
  NumpyRandom random(options.seed);
  SequenceState state(view, sum_of_sizes("tokens", static_cast<Index>(prompt.size()), limit));
  Matrix<float> logits(1, config.vocab_size);
  std::vector<TokenId> next(prompt.begin(), prompt.end());
  std::vector<TokenId> seen = next, generated;
  while (static_cast<Index>(generated.size()) < limit) {
    SequenceBatch batch;
    batch.append(static_cast<Index>(next.size()), state.length());
    const Matrix<float> stream = forward(view, next, batch, workspace, {}, std::span(&state, 1));
    compute_logits(view.graph(), stream.view().row_range(stream.rows() - 1, 1), logits.view(), workspace);
    const std::span<const float> row(logits.view().data, static_cast<std::size_t>(config.vocab_size));
    detail::require_finite_logits(view, row, seen, options.compute);
    const TokenId token = options.temperature > 0 ? detail::draw_token(row, options, random) : detail::most_likely(row);
    if (std::ranges::find(config.stop_token_ids(), token) != config.stop_token_ids().end()) break;
    generated.push_back(token);
    seen.push_back(token);
    if (on_token && !on_token(token)) break;
    next = {token};
  }
  return generated;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
