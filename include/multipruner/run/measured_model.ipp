// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/io/text_stream.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/judge_text.hpp>
#include <multipruner/run/measured_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Brings the weights into memory, so that the first text is not measured with the disk.
inline void warm_up(const ModelView& view, const TokenWindows& windows) {
  const auto first = windows.window(0);
  static_cast<void>(perplexity(view, {static_cast<Index>(first.size()), {first.begin(), first.end()}}));
}

[[nodiscard]] inline std::string continuation_of(const TokenizedModel& model, const MeasuringOptions& options) {
  const std::vector<TokenId> prompt = model.tokenizer->encode(options.prompt);
  TextStream stream(*model.tokenizer, prompt);
  std::string text;
  static_cast<void>(generate(ModelView(model.graph), prompt, options.generation, [&](TokenId token) {
    text += stream.add(token);
    return true;
  }));
  return text + stream.finish();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE MeasuredModel measure_model(const std::filesystem::path& folder, const MeasuringOptions& options,
                                               const RunEnvironment& environment, ProgressSink& progress) {
  const TokenizedModel model = environment.load_with_tokenizer(folder, false, options.tokenizing);
  const ModelView view(model.graph);
  if (const auto warning = warning_of_long_windows(options.windows, view.config())) environment.events.warn(*warning);
  MeasuredModel measured{.folder = folder,
                         .name = base_model_of(folder).name,
                         .parameters = count_parameters(view.config(), view.plan()),
                         .ratio = pruning_ratio(view.config(), view.plan())};
  double seconds = 0;
  Index tokens = 0;
  for (const MeasuringOptions::Text& text : options.texts) {
    const TokenWindows windows = read_windows(text.file, model, options.windows, environment.read_text);
    if (tokens == 0) detail::warm_up(view, windows);
    const Judgement what{.model = measured.name, .text = text.file, .options = {.compute = options.generation.compute}};
    const Stopwatch watch;
    const PerplexityResult result = judge_text(view, windows, what, progress, environment.events.on_warning);
    seconds += watch.seconds();
    tokens += result.tokens;
    measured.perplexities.push_back(result.perplexity);
  }
  if (tokens > 0) measured.tokens_per_second = static_cast<double>(tokens) / seconds;
  measured.continuation = detail::continuation_of(model, options);
  return measured;
}

MULTIPRUNER_INLINE std::string comparison_table(const std::vector<MeasuredModel>& models,
                                                const MeasuringOptions& options) {
  std::vector<std::string> headings{"model", "parameters", "removed"};
  for (const MeasuringOptions::Text& text : options.texts) headings.push_back(text.name);
  headings.emplace_back("tokens/s");
  TextTable table(std::move(headings));
  for (const MeasuredModel& model : models) {
    std::vector<std::string> row{model.name, grouped_text(model.parameters), percent_text(model.ratio)};
    for (const double perplexity : model.perplexities) row.push_back(perplexity_text(perplexity));
    row.push_back(grouped_text(static_cast<Index>(model.tokens_per_second)));
    table.add(std::move(row));
  }
  return table.text();
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const std::vector<MeasuredModel>& models,
                                                  const MeasuringOptions& options) {
  auto json = nlohmann::ordered_json::array();
  for (const MeasuredModel& model : models) {
    nlohmann::ordered_json perplexities;
    for (std::size_t i = 0; i < options.texts.size(); ++i) perplexities[options.texts[i].name] = model.perplexities[i];
    json.push_back({{"model", model.folder.string()},
                    {"parameters", model.parameters},
                    {"ratio", model.ratio},
                    {"perplexity", perplexities},
                    {"tokens_per_second", model.tokens_per_second},
                    {"continuation", model.continuation}});
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
