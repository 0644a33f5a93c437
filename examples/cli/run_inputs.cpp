// SPDX-License-Identifier: MIT
#include "run_inputs.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/generate_windows.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/simd/instruction_set.hpp>

namespace multipruner::cli {

namespace {

/// What an option names beside the calibration text itself.
TokenWindows read_fit_text(const PruneOptions& options, const Model& model, CalibrationOptions calibration,
                           TextFiles& texts) {
  if (options.samples_fit) calibration.samples_block = options.samples_fit;
  calibration.max_windows.reset();  // that bounds the search; a fit on few tokens does harm
  std::vector<std::string> files = options.calibration_fit;
  if (files.empty()) files.push_back(options.calibration);
  TokenWindows all;
  for (const std::string& file : files) all.append(read_calibration(file, model, calibration, texts).front());
  return all;
}

/// Whether windows are generated where nobody says how many.
bool helps_to_generate(const PruneOptions& options) {
  const bool fits = options.order().needs_statistics() || !options.run_compensation().method.is_none();
  return fits && !options.is_reference() && options.calibration_fit.empty();
}

/// How many windows are written side by side: by default, or as many as there is room for.
Index windows_a_pass(const PruneOptions& options, const ModelView& view, Index length) {
  const Index most = GeneratedWindowsOptions{}.windows_a_pass;
  const Index room =
      options.memory ? static_cast<Index>(*options.memory) - resident_memory().now : available_memory() / 2;
  return std::clamp<Index>(room / generated_window_bytes(view, length), 1, most);
}

/// How a search depends on compensation; empty if it does not.
JournalIdentity identity_of(const RunCompensationOptions& how, const TokenWindows& fit) {
  JournalIdentity identity;
  const std::string text = fingerprint_of(fit).text(), zeros = how.settings.keep_zeros ? ", zeros kept" : "";
  if (how.method.outputs) {
    identity.emplace_back("compensation of candidates",
                          how.method.name + ", ridge " + exact_text(how.settings.local_ridge) + zeros + ", " + text);
  }
  if (!how.every) return identity;
  std::string turns = "every " + exact_text(*how.every) + " percent, " + how.method.name;
  if (how.settings.bias) turns += " with biases";
  for (const double ridge : how.settings.ridges) turns += ", " + exact_text(ridge);
  identity.emplace_back("compensation in turn", turns + zeros + ", " + text);
  return identity;
}

}  // namespace

RunTexts read_run_texts(PruneOptions& options, const Model& model, CalibrationOptions& calibration, TextFiles& files) {
  fit_to_model(calibration, options.windows, model);
  RunTexts texts{read_calibration(options.calibration, model, calibration, files), {}};
  if (options.calibration_width) {
    CalibrationOptions width = calibration;
    width.samples_block = width.samples_width;
    const Calibration read = read_calibration(*options.calibration_width, model, width, files);
    texts.calibration.set(std::string(width_samples), read.at(width_samples));
  }
  texts.fit =
      options.has_fit_text() ? read_fit_text(options, model, calibration, files) : texts.calibration.at(block_samples);
  if (!options.generated_windows) options.generated_windows = helps_to_generate(options) ? texts.fit.count() : 0;
  return texts;
}

void add_generated_windows(RunTexts& texts, const Graph& graph, const PruneOptions& options, std::uint64_t seed,
                           ProgressSink& progress) {
  const Index count = options.generated_windows.value_or(0);
  if (count == 0) return;
  const ModelView view(graph);
  texts.fit.append(generate_windows(view, texts.fit.tokens(),
                                    {.count = count,
                                     .length = texts.fit.longest(),
                                     .seed = seed,
                                     .windows_a_pass = windows_a_pass(options, view, texts.fit.longest()),
                                     .compute = options.compute},
                                    progress));
}

UnitOrderOptions order_options(const PruneOptions& options, std::uint64_t seed) {
  UnitOrderOptions order;
  order.ordering = options.order();
  order.seed = seed;
  order.compute = options.compute;
  order.statistics = options.statistics;
  order.keep_groups = options.keep_zeros;
  return order;
}

Graph ordered(const Graph& graph, const UnitOrder& order, const PruneOptions& options) {
  if (order.empty()) return graph;
  return reorder(graph, order, options.memory ? std::filesystem::path(options.out) : "");
}

JournalIdentity journal_identity(const Graph& graph, const UnitOrder& order, const RunTexts& texts,
                                 const PruneOptions& options) {
  const MappedFile config(graph.origin().directory / "config.json");
  const std::string seed = std::to_string(EvaluatorOptions{}.seed);
  JournalIdentity identity{
      {"program version", std::string(version)},
      {"version of costs", std::string(costs_version)},
      {"metric", std::string(Perplexity::name) + " " + std::string(Perplexity::version)},
      {"instruction set", simd::instruction_set()},
      {"config.json", Fingerprint().add(config.text()).text()},
      {"weights", fingerprint_of_weights(graph).text()},
      {"calibration text for blocks", fingerprint_of(texts.calibration.at(block_samples)).text()},
      {"calibration text for widths", fingerprint_of(texts.calibration.at(width_samples)).text()},
      {"order of windows", options.confidence ? "drawn at random with seed " + seed : "as they are"},
      {"compute type", std::string(name_of(options.compute))}};
  for (auto& entry : identity_of(options.run_compensation(), texts.fit)) identity.push_back(std::move(entry));
  // Last, because it depends on most of the above, which then is the better explanation.
  identity.emplace_back("order of channels and heads", identity_of(options.order(), order));
  return identity;
}

}  // namespace multipruner::cli
