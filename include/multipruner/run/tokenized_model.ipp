// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE TokenizedModel with_tokenizer(Graph graph, const TokenizerLoader& load) {
  const std::filesystem::path& directory = graph.origin().directory;
  if (!load) throw OptionError("tokenizer", "there is no loader for it", "Give load_tokenizer, or your own loader");
  std::unique_ptr<Tokenizer> tokenizer = load(directory);
  if (!tokenizer) throw OptionError("tokenizer", "its loader returned none", "Make it throw if there is none");
  const Index rows = graph.config().vocab_size;
  if (tokenizer->vocabulary_size() > rows) {
    throw DataError(directory.string(),
                    "the tokenizer has " + std::to_string(tokenizer->vocabulary_size()) +
                        " tokens, but the model's embedding only " + std::to_string(rows) + " rows",
                    "Use the tokenizer that belongs to the model");
  }
  return {std::move(graph), std::move(tokenizer), {}, {}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
