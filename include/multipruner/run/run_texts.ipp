// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/generate_windows.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_texts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What an option names beside the calibration text itself.
[[nodiscard]] inline TokenWindows read_fit_text(const RunSpec& spec, const TokenizedModel& model,
                                                CalibrationOptions calibration, const TextReader& read) {
  if (spec.samples_fit) calibration.samples_block = spec.samples_fit;
  calibration.max_windows.reset();  // that bounds the search; a fit on few tokens does harm
  std::vector<std::string> files = spec.calibration_fit;
  if (files.empty()) files.push_back(spec.calibration);
  TokenWindows all;
  for (const std::string& file : files) all.append(read_calibration(file, model, calibration, read).front());
  return all;
}

/// Makes the sets on which plans are judged those of several texts: the windows of each count together as much as its
/// weight says.
inline void mix_texts(Calibration& calibration, const std::vector<std::string>& texts,
                      const std::function<Calibration(const std::string& file)>& read) {
  if (texts.empty()) return;
  const auto together = [](const TokenWindows& windows, double weight) {
    return windows.weighted(weight / static_cast<double>(windows.count()));
  };
  std::vector<Calibration::Set> mixed;
  for (const auto& [name, windows] : calibration.sets()) mixed.push_back({name, together(windows, 1)});
  for (const std::string& text : texts) {
    const MixedText more = parse_mixed_text(text);
    const Calibration other = read(more.file);
    for (auto& [name, windows] : mixed) windows.append(together(other.at(name), more.weight));
  }
  for (auto& [name, windows] : mixed) calibration.set(name, std::move(windows));
}

/// Whether windows are generated where nobody says how many.
[[nodiscard]] inline bool helps_to_generate(const RunSpec& spec, const RunRegistries& registries) {
  const bool fits =
      ordering_of(spec, registries).needs_statistics() || !compensation_of(spec, registries).method.is_none();
  return fits && spec.preset != "reference" && spec.calibration_fit.empty();
}

/// As much text as there is.
[[nodiscard]] inline Index windows_to_generate(const TokenWindows& fit) {
  const Index length = generated_window_length(fit);
  return length == 0 ? 0 : (static_cast<Index>(fit.tokens().size()) + length - 1) / length;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE MixedText parse_mixed_text(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  double weight = 0;
  const char* const end = text.data() + text.size();
  const bool has_weight = colon != std::string::npos && colon > 0 &&
                          std::from_chars(text.data() + colon + 1, end, weight).ptr == end && colon + 1 < text.size();
  if (!has_weight) return {text};
  if (weight > 0 && std::isfinite(weight)) return {text.substr(0, colon), weight};
  throw OptionError("--mix", "\"" + text + "\" has a weight that is not above 0",
                    "Give FILE:WEIGHT, e.g. wiki.txt:0.5");
}

MULTIPRUNER_INLINE RunTexts read_run_texts(RunSpec& spec, const TokenizedModel& model, const TextReader& read,
                                           const RunRegistries& registries) {
  CalibrationOptions calibration = calibration_options(spec);
  fit_to_model(calibration, windows_of(spec), model);
  spec.seqlen = calibration.sequence_length;
  RunTexts texts{read_calibration(spec.calibration, model, calibration, read), {}, calibration.ignored_label};
  if (spec.calibration_width) {
    CalibrationOptions width = calibration;
    width.samples_block = width.samples_width;
    const Calibration of_width = read_calibration(*spec.calibration_width, model, width, read);
    texts.calibration.set(std::string(width_samples), of_width.at(width_samples));
  }
  detail::mix_texts(texts.calibration, spec.mix,
                    [&](const std::string& file) { return read_calibration(file, model, calibration, read); });
  texts.fit =
      has_fit_text(spec) ? detail::read_fit_text(spec, model, calibration, read) : texts.calibration.at(block_samples);
  if (!spec.generated_windows) {
    spec.generated_windows = detail::helps_to_generate(spec, registries) ? detail::windows_to_generate(texts.fit) : 0;
  }
  return texts;
}

MULTIPRUNER_INLINE Index generated_window_length(const TokenWindows& fit) {
  constexpr Index most = 512;
  return std::min(fit.longest(), most);
}

MULTIPRUNER_INLINE void add_generated_windows(RunTexts& texts, const Graph& graph, const RunSpec& spec,
                                              std::optional<Index> room, TokenMemory* memory, ProgressSink& progress) {
  const Index count = spec.generated_windows.value_or(0);
  if (count == 0) return;
  const ModelView view(graph);
  const Index length = generated_window_length(texts.fit), each = generated_window_bytes(view, length);
  const Index most = GeneratedWindowsOptions{}.windows_a_pass;
  const Index together = std::clamp<Index>(room.value_or(available_memory() / 2) / each, 1, most);
  texts.fit.append(generate_windows(view, texts.fit.tokens(),
                                    {.count = count,
                                     .length = length,
                                     .seed = spec.seed,
                                     .windows_a_pass = together,
                                     .compute = spec.compute,
                                     .memory = memory},
                                    progress));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
