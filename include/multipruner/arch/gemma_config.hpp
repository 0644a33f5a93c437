// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

/// What all Gemmas have: gains of norms are 1 + weight, embeddings are multiplied by the root of the hidden size.
/// @throws as read_config; UnsupportedError for attention in both directions
DecoderConfig read_gemma_config(const JsonReader& config, const DecoderDefaults& defaults);

/// What Gemmas since the second one have besides: norms of what blocks add, a scale of scores, soft caps.
/// @param rope_theta, score_soft_cap, logit_soft_cap  where config.json says nothing
/// @throws as above
DecoderConfig read_gemma_config_with_post_norms(const JsonReader& config, double rope_theta, double score_soft_cap,
                                                double logit_soft_cap);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/gemma_config.ipp>
#endif
