// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/io/chat_message.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Makes the tokenizer of a model's folder: `load_tokenizer` of <multipruner/tokenizers.hpp>, or an engine's own.
using TokenizerLoader = std::function<std::unique_ptr<Tokenizer>(const std::filesystem::path& folder)>;

/// Makes the chat template of a model's folder, empty where there is none: `load_chat_renderer` of
/// <multipruner/tokenizers.hpp>, or an engine's own.
using ChatLoader = std::function<ChatRenderer(const std::filesystem::path& folder)>;

/// A model with the tokenizer from its folder.
struct TokenizedModel {
  Graph graph;
  std::unique_ptr<Tokenizer> tokenizer;
  ChatRenderer chat{};  ///< the chat template of the model; empty where it has none, or none is to be used
  std::vector<std::string> warnings{};  ///< of the loader
};

/// A model that is loaded, and the tokenizer beside it.
/// @throws OptionError without a loader; DataError where the tokenizer has tokens that the model does not know; what
/// the loader throws
[[nodiscard]] TokenizedModel with_tokenizer(Graph graph, const TokenizerLoader& load);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/tokenized_model.ipp>
#endif
