// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/io/json_reader.hpp>

/// What the config.json files of Llama and its many relatives have in common.
namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

/// The `eos_token_id` of config.json or generation_config.json: a number, a list of numbers, or absent.
/// @throws DataError if it is something else
std::vector<TokenId> read_eos_token_ids(const JsonReader& config);

/// Reads sizes, activation, norm and rotary settings; families add their biases, and make a model of it: `to_model`.
/// @throws UnsupportedError for an activation or a rotary scaling that the library does not compute
/// @throws DataError for a missing, malformed or contradictory entry
DecoderConfig read_config(const JsonReader& config);

/// The tensor names of LlamaForCausalLM, which its relatives share, and of the shortcuts of a sliced stream, which it
/// does not know.
std::string tensor_name(TensorRole role, Index layer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/hugging_face_decoder.ipp>
#endif
