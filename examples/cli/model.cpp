// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <utility>

#include <multipruner/tokenizers/load_tokenizer.hpp>

namespace multipruner::cli {

LoadOptions warning_on(Console& console) {
  return {.on_warning = [&console](const LoadWarning& warning) { console.warn(warning.text()); }};
}

Model load_model(const std::filesystem::path& directory, Console& console, LoadOptions options) {
  std::vector<std::string> warnings;
  options.on_warning = [&](const LoadWarning& warning) {
    console.warn(warning.text());
    warnings.push_back(warning.text());
  };
  Model model = with_tokenizer(load<>(directory, options));
  model.warnings = std::move(warnings);
  return model;
}

Model with_tokenizer(Graph graph) {
  return multipruner::with_tokenizer(std::move(graph),
                                     [](const std::filesystem::path& folder) { return load_tokenizer(folder); });
}

std::string name_of(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path normal = std::filesystem::weakly_canonical(path, error);
  if (error) normal = path.lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  return normal.filename().string();
}

std::string stem_of(const std::filesystem::path& path) {
  return path.stem().string();
}

}  // namespace multipruner::cli
