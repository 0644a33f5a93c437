// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// How text is continued.
struct GenerationOptions {
  Index max_new_tokens = 64;
  double temperature = 0;   ///< 0: always the most likely token
  Index top_k = 50;         ///< with a temperature: only the k most likely tokens are drawn from; 0: all
  std::uint64_t seed = 42;  ///< with a temperature: same seed, same text
  simd::Compute compute = simd::Compute::float32;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Draws from softmax(logits / temperature), restricted to the k largest logits where k is given; of equal logits the
/// lower id comes first.
TokenId draw_token(std::span<const float> logits, const GenerationOptions& options, NumpyRandom& random);

/// @param seen  the tokens before the one that the logits are for
/// @throws DataError naming the block in which NaN or infinity first appears, where a logit is not finite.
void require_finite_logits(const ModelView& view, std::span<const float> logits, std::span<const TokenId> seen,
                           simd::Compute compute);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// Continues a sequence of tokens, with a key/value cache, until one of the configuration's `stop_token_ids`,
/// `max_new_tokens`, or the model's max_position_embeddings.
///
/// @param on_token called with every new token as soon as it is known; return false to stop.
/// @returns the new tokens; the token at which it stopped is not among them.
/// @throws OptionError if the prompt is empty or longer than the model can read, or an option is out of range;
/// DataError for logits that are not finite, naming where they come from.
std::vector<TokenId> generate(const ModelView& view, std::span<const TokenId> prompt,
                              const GenerationOptions& options = {}, const std::function<bool(TokenId)>& on_token = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/generate.ipp>
#endif
