// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block_list.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// What a decoder is before anything was pruned: its residual blocks, and what stands around them. An architecture's
/// descriptor reads it from config.json; there is no code per architecture beyond it. Only `generation_eos_token_ids`
/// is from elsewhere.
///
/// The stream begins as the embedding of the tokens, every block adds to it, and the head reads its norm.
struct ModelConfig {
  std::string model_type;  ///< as in config.json, e.g. "llama"
  Index vocab_size = 0;
  Index hidden_size = 0;        ///< of the embedding, and of the stream before the first block
  Index num_hidden_layers = 0;  ///< as people count; each may have several blocks
  Index max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;      ///< of the last norm
  bool final_norm_offset = false;  ///< its gain is 1 + weight
  bool final_layer_norm = false;   ///< the last norm is a LayerNorm with a bias in place of an RMSNorm
  bool head_bias = false;          ///< a bias on lm_head
  bool normalized_head = false;    ///< logits are of lm_head's rows divided by their norms (NormHead, Baichuan 2)
  double embedding_scale = 1;      ///< what embeddings are multiplied by
  double logit_scale = 1;          ///< what logits are multiplied by
  double logit_soft_cap = 0;       ///< they become cap · tanh(logit / cap) then; 0: they stay
  bool tie_word_embeddings = false;
  std::vector<TokenId> eos_token_ids;             ///< empty if the model names none
  std::vector<TokenId> generation_eos_token_ids;  ///< of generation_config.json; empty if it names none
  BlockList blocks;
  /// Parameters of the model whose stream was sliced, which ratios are of; 0 where no stream was.
  Index dense_parameters = 0;

  /// Tokens at which generated text ends. Of many chat models the end of a turn stands in generation_config.json alone.
  [[nodiscard]] const std::vector<TokenId>& stop_token_ids() const;

  [[nodiscard]] Index num_blocks() const { return blocks.size(); }

  /// The width of the stream behind the last block, which the last norm and the head read.
  [[nodiscard]] Index last_stream() const { return num_blocks() > 0 ? (blocks.end() - 1)->stream_out() : hidden_size; }

  /// The widest that the stream gets.
  [[nodiscard]] Index widest_stream() const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/model_config.ipp>
#endif
