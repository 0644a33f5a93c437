// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/arch/load.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/run/run_events.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenized_model.hpp>
#include <multipruner/run/tokenizing_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run gets from whoever runs it.
struct RunEnvironment {
  TokenizerLoader load_tokenizer{};  ///< `load_tokenizer` of <multipruner/tokenizers.hpp>, or an engine's own

  /// `load_chat_renderer` of <multipruner/tokenizers.hpp>; without one, conversations are lines "role: content".
  ChatLoader load_chat{};

  /// `load` of the families that it knows; by default those that ship.
  std::function<Graph(const std::filesystem::path& folder, const LoadOptions& options)> load_model =
      [](const std::filesystem::path& folder, const LoadOptions& options) { return load<>(folder, options); };

  TextReader read_text = [](const std::string& name, std::optional<TextFormat> format) {
    return read_text_dataset(name, format);
  };
  bool texts_are_files = true;  ///< whether a text that is no file cannot be read, so that a past run says so at once

  /// What people call a text that a spec names, where that is not the name of the file.
  std::function<std::string(const std::string& name)> name_of_text = [](const std::string& name) {
    return std::filesystem::path(name).filename().string();
  };

  RunRegistries registries{};
  RunEvents events{};

  /// @throws OptionError where one of the functions is empty
  void validate() const;

  /// Loads a model; warnings go to the events, and for cards, without its path, into a list. @throws as `load_model`
  [[nodiscard]] Graph load_and_warn(const std::filesystem::path& folder, bool release_memory,
                                    std::vector<std::string>& warnings) const;

  /// Loads a model in the same way, with the tokenizer beside it. @throws as `load_model` and `load_tokenizer`
  [[nodiscard]] TokenizedModel load_with_tokenizer(const std::filesystem::path& folder, bool release_memory = false,
                                                   const TokenizingOptions& tokenizing = {}) const;

  /// A model that is loaded, with the tokenizer and the chat template beside it. @throws as `load_tokenizer`,
  /// `load_chat` and `with_bos`
  [[nodiscard]] TokenizedModel tokenized(Graph graph, const TokenizingOptions& tokenizing = {}) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_environment.ipp>
#endif
