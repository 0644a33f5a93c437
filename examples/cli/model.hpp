// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "console.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::cli {

using Model = TokenizedModel;

/// Options of `load` with which its warnings are shown.
[[nodiscard]] LoadOptions warning_on(Console& console);

/// Warnings are shown and kept. @throws Error where either cannot be loaded, or the tokenizer has tokens that the model
/// does not know.
[[nodiscard]] Model load_model(const std::filesystem::path& directory, Console& console, LoadOptions options = {});

/// A model that is loaded, and the tokenizer beside it. @throws as load_model
[[nodiscard]] Model with_tokenizer(Graph graph);

/// The name of a model folder or file: its last part, whatever path leads there.
[[nodiscard]] std::string name_of(const std::filesystem::path& path);

/// The name of a file without its extension.
[[nodiscard]] std::string stem_of(const std::filesystem::path& path);

}  // namespace multipruner::cli
