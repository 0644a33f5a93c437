// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/io/with_bos.hpp>
#include <multipruner/run/run_environment.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void RunEnvironment::validate() const {
  const auto require = [](bool there, const char* what, const char* remedy) {
    if (!there) throw OptionError(what, "it is not set", remedy);
  };
  require(static_cast<bool>(load_tokenizer), "load_tokenizer", "Give load_tokenizer, or your own loader");
  require(static_cast<bool>(load_model), "load_model", "Leave the default, or give your own loader");
  require(static_cast<bool>(read_text), "read_text", "Leave the default, or give your own reader");
  require(static_cast<bool>(name_of_text), "name_of_text", "Leave the default, or give your own names");
}

MULTIPRUNER_INLINE Graph RunEnvironment::load_and_warn(const std::filesystem::path& folder, bool release_memory,
                                                       std::vector<std::string>& warnings) const {
  validate();
  const auto on_warning = [&](const LoadWarning& warning) {
    events.warn(warning.text());
    warnings.push_back(warning.without_path());
  };
  return load_model(find_model(folder), {.release_memory = release_memory, .on_warning = on_warning});
}

MULTIPRUNER_INLINE TokenizedModel RunEnvironment::load_with_tokenizer(const std::filesystem::path& folder,
                                                                      bool release_memory,
                                                                      const TokenizingOptions& tokenizing) const {
  std::vector<std::string> warnings;
  Graph graph = load_and_warn(folder, release_memory, warnings);
  TokenizedModel model = tokenized(std::move(graph), tokenizing);
  model.warnings = std::move(warnings);
  return model;
}

MULTIPRUNER_INLINE TokenizedModel RunEnvironment::tokenized(Graph graph, const TokenizingOptions& tokenizing) const {
  TokenizedModel model = with_tokenizer(std::move(graph), load_tokenizer);
  if (tokenizing.add_bos) model.tokenizer = with_bos(std::move(model.tokenizer), *tokenizing.add_bos);
  if (load_chat && tokenizing.chat_template) model.chat = load_chat(model.graph.origin().directory);
  return model;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
