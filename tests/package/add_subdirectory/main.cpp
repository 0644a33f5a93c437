// SPDX-License-Identifier: MIT
#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/search/search_space.hpp>

/// Counts the blocks that could be removed from a model that exists on paper only.
int main() {
  multipruner::DecoderConfig decoder;
  decoder.num_hidden_layers = 3;
  decoder.num_attention_heads = decoder.num_key_value_heads = 2;
  decoder.head_dim = 4;
  decoder.intermediate_size = decoder.hidden_size = decoder.vocab_size = 8;
  const multipruner::ModelConfig config = multipruner::to_model(decoder);
  const multipruner::Plan plan(config);
  return multipruner::BlockRemoval{}.edits(plan).size() == 6 && multipruner::count_parameters(config) > 0 ? 0 : 1;
}
