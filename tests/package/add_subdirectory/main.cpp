#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/search/search_space.hpp>

/// Counts the blocks that could be removed from a model that exists on paper only.
int main() {
  multipruner::ModelConfig config;
  config.num_hidden_layers = 3;
  config.num_attention_heads = config.num_key_value_heads = 2;
  config.head_dim = 4;
  config.intermediate_size = config.hidden_size = config.vocab_size = 8;
  const multipruner::Plan plan(config);
  return multipruner::BlockRemoval{}.moves(plan).size() == 6 && multipruner::count_parameters(config) > 0 ? 0 : 1;
}
