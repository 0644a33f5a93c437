// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <multipruner/core/error.hpp>
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
  const std::filesystem::path& directory = graph.origin().directory;
  std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(directory);
  const Index rows = graph.config().vocab_size;
  if (tokenizer->vocabulary_size() > rows) {
    throw DataError(directory.string(),
                    "the tokenizer has " + std::to_string(tokenizer->vocabulary_size()) +
                        " tokens, but the model's embedding only " + std::to_string(rows) + " rows",
                    "Use the tokenizer that belongs to the model");
  }
  return {std::move(graph), std::move(tokenizer)};
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

Index sequence_length(const WindowFlags& flags, const ModelConfig& config) {
  return flags.seqlen.value_or(std::min<Index>(2048, config.max_position_embeddings));
}

std::optional<TokenId> ignored_label(const WindowFlags& flags, const Model& model, std::optional<TokenId> otherwise) {
  if (!flags.ignore_label) return reference_ignored_label(otherwise);
  const std::string& label = *flags.ignore_label;
  if (label == "none") return std::nullopt;
  if (label == "eos") {
    if (otherwise) return otherwise;
    throw OptionError("--ignore-label", "the model names no end-of-text token", "Give none, or a token id");
  }
  TokenId id = -1;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), id);
  if (error == std::errc{} && end == label.data() + label.size() && id >= 0 && id < model.graph.config().vocab_size) {
    return id;
  }
  throw OptionError("--ignore-label", "\"" + label + "\" is no token of the model",
                    "Give eos, none, or an id from 0 to " + std::to_string(model.graph.config().vocab_size - 1));
}

void fit_to_model(CalibrationOptions& calibration, const WindowFlags& flags, const Model& model) {
  calibration.sequence_length = sequence_length(flags, model.graph.config());
  calibration.ignored_label = ignored_label(flags, model, model.tokenizer->eos_token_id());
  calibration.vocabulary_size = model.graph.config().vocab_size;
}

TokenWindows read_windows(const std::string& text, const Model& model, const WindowFlags& flags, TextFiles& texts,
                          std::optional<TextFormat> format) {
  const ModelConfig& config = model.graph.config();
  const auto& ends = config.eos_token_ids;
  const auto end_of_text = ends.empty() ? std::nullopt : std::optional(ends.front());
  const WindowOptions options{.length = sequence_length(flags, config),
                              .max_windows = flags.max_windows,
                              .ignored_label = ignored_label(flags, model, end_of_text)};
  const std::string content = texts.read(text, format).text();
  return cut_windows(model.tokenizer->encode(content), config.vocab_size, options, text);
}

Calibration read_calibration(const std::string& text, const Model& model, const CalibrationOptions& options,
                             TextFiles& texts) {
  return make_calibration(texts.read(text, options.format), *model.tokenizer, options, text);
}

}  // namespace multipruner::cli
