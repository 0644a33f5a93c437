// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/encode_rendered.hpp>
#include <multipruner/run/text_windows.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A text as a model is to read it: conversations in the model's template, if it has one.
[[nodiscard]] inline TextDataset read_for(const TokenizedModel& model, const std::string& text, const TextReader& read,
                                          std::optional<TextFormat> format) {
  TextDataset dataset = read(text, format);
  return model.chat && !dataset.conversations.empty() ? dataset.rendered_by(model.chat, text) : dataset;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Index sequence_length(const WindowSettings& settings, const ModelConfig& config) {
  return settings.seqlen.value_or(std::min<Index>(2048, config.max_position_embeddings));
}

MULTIPRUNER_INLINE std::optional<TokenId> ignored_label(const WindowSettings& settings, const ModelConfig& config,
                                                        std::optional<TokenId> otherwise) {
  if (!settings.ignore_label) return reference_ignored_label(otherwise);
  const std::string& label = *settings.ignore_label;
  if (label == "none") return std::nullopt;
  if (label == "eos") {
    if (otherwise) return otherwise;
    throw OptionError("--ignore-label", "the model names no end-of-text token", "Give none, or a token id");
  }
  TokenId id = -1;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), id);
  if (error == std::errc{} && end == label.data() + label.size() && id >= 0 && id < config.vocab_size) {
    return id;
  }
  throw OptionError("--ignore-label", "\"" + label + "\" is not a token of the model",
                    "Give eos, none, or an id from 0 to " + std::to_string(config.vocab_size - 1));
}

MULTIPRUNER_INLINE void fit_to_model(CalibrationOptions& calibration, const WindowSettings& settings,
                                     const TokenizedModel& model) {
  calibration.sequence_length = sequence_length(settings, model.graph.config());
  calibration.ignored_label = ignored_label(settings, model.graph.config(), model.tokenizer->eos_token_id());
  calibration.vocabulary_size = model.graph.config().vocab_size;
}

MULTIPRUNER_INLINE TokenWindows read_windows(const std::string& text, const TokenizedModel& model,
                                             const WindowSettings& settings, const TextReader& read,
                                             std::optional<TextFormat> format) {
  const ModelConfig& config = model.graph.config();
  const auto& ends = config.eos_token_ids;
  const auto end_of_text = ends.empty() ? std::nullopt : std::optional(ends.front());
  const WindowOptions options{.length = sequence_length(settings, config),
                              .max_windows = settings.max_windows,
                              .ignored_label = ignored_label(settings, config, end_of_text)};
  const TextDataset dataset = detail::read_for(model, text, read, format);
  const std::string content = dataset.text();
  const std::vector<TokenId> tokens =
      dataset.is_rendered ? encode_rendered(*model.tokenizer, content) : model.tokenizer->encode(content);
  return cut_windows(tokens, config.vocab_size, options, text);
}

MULTIPRUNER_INLINE Calibration read_calibration(const std::string& text, const TokenizedModel& model,
                                                const CalibrationOptions& options, const TextReader& read) {
  return make_calibration(detail::read_for(model, text, read, options.format), *model.tokenizer, options, text);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
