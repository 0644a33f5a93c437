// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/arch/decoder_defaults.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/io/json_reader.hpp>

/// What the config.json files of Llama and its many relatives have in common.
namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

/// The `eos_token_id` of config.json or generation_config.json: a number, a list of numbers, or absent.
/// @throws DataError if it is something else
std::vector<TokenId> read_eos_token_ids(const JsonReader& config);

/// Reads sizes, activation, norm and rotary settings; families add their biases and what else is theirs, and make a
/// model of it: `to_model`.
///
/// Rotary scaling is none, linear, llama3, yarn, or, where a family has it, longrope: with its short factors, for as
/// many tokens as the model was first trained on, which `max_position_embeddings` then is. transformers turns all
/// tokens of longer sequences by the long factors, so that what a token is computed as would depend on those behind it.
/// @throws UnsupportedError for an activation or a rotary scaling that the library does not compute
/// @throws DataError for a missing, malformed or contradictory entry
DecoderConfig read_config(const JsonReader& config, const DecoderDefaults& defaults = {});

/// The rotary settings of one of `layer_types`, "full_attention" or "sliding_attention", where `rope_parameters` has
/// some for each, as transformers 5 writes them; otherwise those of all layers.
/// @throws as read_config
RopeConfig read_rope(const JsonReader& config, const DecoderDefaults& defaults, const char* layer_type);

/// The `sliding_window` of config.json; 0 where it is null. @param absent  what it is where the entry is not there
/// @throws DataError for one that cannot be.
Index read_sliding_window(const JsonReader& config, Index absent);

/// A number above 0 that may be switched off; 0 where it is null. @param absent  what it is where the entry is not
/// there
/// @throws DataError for one that cannot be.
double read_switchable(const JsonReader& config, const char* key, double absent);

/// For every layer whether it is one of a sliding window: by `layer_types`, or, where that is not there, as `otherwise`
/// says.
/// @throws UnsupportedError for layers of another type; DataError where there is not one type for every layer.
std::vector<bool> read_sliding_layers(const JsonReader& config, Index layers,
                                      const std::function<bool(Index layer)>& otherwise);

/// The model of a decoder of which layers from `max_window_layers` on have a sliding window where `use_sliding_window`
/// says so: Qwen's.
/// @throws as above
ModelConfig to_model_with_late_windows(const JsonReader& config, const DecoderConfig& decoder);

/// The tensor names of LlamaForCausalLM, which its relatives share, and of what it does not have itself: norms of
/// queries and keys, of what blocks add, and shortcuts of a sliced stream.
std::string tensor_name(TensorRole role, Index layer);

/// The same where every block has a norm in front and one of what it adds, as in Gemma 2.
std::string tensor_name_with_post_norms(TensorRole role, Index layer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/hugging_face_decoder.ipp>
#endif
