// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/run/run_events.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Where a run writes, and what it may use: nothing that its result depends on.
struct RunPlace {
  std::filesystem::path out{};                        ///< a folder; empty: the run can only be forecast
  bool overwrite = false;                             ///< replace `out`, if it is a folder that `save` made
  bool restart = false;                               ///< measure everything anew, whatever the journal in `out` knows
  std::optional<std::filesystem::path> statistics{};  ///< a file where those of the order are, or are to be kept
  std::optional<Index> memory{};                      ///< bytes, all that may be used
  std::optional<Index> stream_memory{};               ///< bytes, for activations that candidates share
};

/// What a run gets from whoever runs it.
struct RunEnvironment {
  TokenizerLoader load_tokenizer{};  ///< `load_tokenizer` of <multipruner/tokenizers.hpp>, or an engine's own
  TextReader read_text = [](const std::string& name, std::optional<TextFormat> format) {
    return read_text_dataset(name, format);
  };
  /// What people call a text that a spec names, where that is not the name of the file.
  std::function<std::string(const std::string& name)> name_of_text = [](const std::string& name) {
    return std::filesystem::path(name).filename().string();
  };
  RunRegistries registries{};
  RunEvents events{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
