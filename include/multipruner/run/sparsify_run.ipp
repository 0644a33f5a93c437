// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/policy/sparsify.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/judge_text.hpp>
#include <multipruner/run/require_output_folder.hpp>
#include <multipruner/run/sparsify_run.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a place says that only pruning runs know is not left unheard.
inline void require_only_a_folder(const RunPlace& place) {
  const auto refuse = [](bool given, const char* option) {
    if (given) throw OptionError(option, "a run that sets weights to zero does not know it", "Leave it out");
  };
  refuse(place.restart, "--restart");
  refuse(place.statistics.has_value(), "--statistics");
  refuse(place.memory.has_value(), "--memory");
  refuse(place.stream_memory.has_value(), "--stream-memory");
  refuse(!place.event_log.empty(), "--log-jsonl");
}

/// The most columns that a linear of a model has.
[[nodiscard]] inline Index most_inputs(const ModelConfig& config) {
  Index most = 0;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t slot = 0; slot < block.kind().slots.size(); ++slot) {
      const auto shape = block.shape(slot, block.whole());
      if (block.kind().slots[slot].linear && shape) most = std::max(most, shape->columns);
    }
  }
  return most;
}

/// @throws OptionError where groups of the pattern do not divide the columns.
inline void require_groups_that_fit(const SparsityPattern& pattern, const Graph& graph, const TensorPlace& place,
                                    const WeightView& weight) {
  const auto* groups = std::get_if<NOfM>(&pattern);
  if (groups == nullptr || weight.columns % groups->group == 0) return;
  throw OptionError("--pattern",
                    to_string(pattern) + " does not divide the " + std::to_string(weight.columns) + " columns of " +
                        graph.origin().tensor_name(place.role, place.layer),
                    "Choose groups that divide them, or --skip " + std::string(name_of(place.role)));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE SparsifyRun::~SparsifyRun() = default;

MULTIPRUNER_INLINE SparsifyRun::SparsifyRun(SparsifySpec spec, RunPlace place, RunEnvironment environment)
    : spec_(std::move(spec)), place_(std::move(place)), environment_(std::move(environment)) {
  validate(spec_);
  environment_.validate();
  detail::require_only_a_folder(place_);
  method_ = weight_method_of(spec_);
  spec_.method = weight_method_name(spec_);
  if (!place_.out.empty()) require_output_folder(place_.out, spec_.model, place_.overwrite);
  model_ = environment_.load_with_tokenizer(spec_.model, false, spec_.tokenizing);
  base_ = base_model_of(spec_.model);
  if (const auto warning = warning_of_long_windows(spec_.windows, config())) environment_.events.warn(*warning);
  options_ = sparsify_options(spec_, config());
  count_linears();
  read_texts();
  require_finite(model_->graph);
  mask_ = find_mask(model_->graph, false);
}

MULTIPRUNER_INLINE void SparsifyRun::count_linears() {
  const SparsityPattern pattern = sparsity_pattern_of(spec_);
  for_each_place(model_->graph, [&](const TensorPlace& place, const WeightView& weight) {
    if (!place.slot->linear || options_.skip(place.role, place.layer)) return;
    ++linears_;
    detail::require_groups_that_fit(pattern, model_->graph, place, weight);
  });
  if (linears_ == 0) throw OptionError("--skip", "it leaves nothing to prune", "Skip less");
}

MULTIPRUNER_INLINE void SparsifyRun::read_texts() {
  CalibrationOptions options = calibration_options(spec_);
  fit_to_model(options, spec_.windows, *model_);
  spec_.windows.seqlen = options.sequence_length;
  const TextReader& read = environment_.read_text;
  texts_.push_back(judged_text("calibration text", spec_.calibration,
                               read_calibration(spec_.calibration, *model_, options, read).front(), environment_));
  if (!spec_.eval_text) return;
  texts_.push_back(judged_text("held-out text", *spec_.eval_text,
                               read_windows(*spec_.eval_text, *model_, spec_.windows, read), environment_));
}

MULTIPRUNER_INLINE std::string SparsifyRun::calibration_sentence() const {
  const TextComparison& text = texts_.front().comparison;
  return text.shown + ", " + std::to_string(text.windows) + " windows of " + std::to_string(text.length) + " tokens";
}

/// Whether fewer tokens than inputs leave Hessians to the damping.
MULTIPRUNER_INLINE bool SparsifyRun::is_short_of_text() const {
  const bool has_hessian = !std::holds_alternative<WandaMask>(method_);
  return has_hessian && static_cast<Index>(calibration().tokens().size()) < detail::most_inputs(config());
}

MULTIPRUNER_INLINE void SparsifyRun::introduce() const {
  const RunEvents& events = environment_.events;
  events.note("model",
              base_.name + ", " + grouped_text(count_parameters(config(), Plan(model_->graph))) + " parameters");
  events.note("calibration", calibration_sentence());
  events.note("remove", to_string(sparsity_pattern_of(spec_)) + " of the weights of " + grouped_text(linears_) +
                            " linears, by " + *spec_.method);
  if (const std::string words = pattern_in_words(spec_); !words.empty()) events.note("pattern", words);
  if (mask_.has_mask()) {
    events.warn("the model already has a mask: " + mask_sentence(mask_) +
                "; weights are chosen again, and zeros that are not chosen may be filled");
  }
  if (is_short_of_text()) {
    events.note("note", grouped_text(static_cast<Index>(calibration().tokens().size())) +
                            " tokens are fewer than a layer has inputs: much depends on the damping. Give more text");
  }
}

MULTIPRUNER_INLINE FinishedSparsification SparsifyRun::run(ProgressSink& progress) {
  if (place_.out.empty()) throw OptionError("--out", "is missing", "Say where the sparse model is to go");
  if (std::exchange(begun_, true)) {
    throw OptionError("run", "it was already made or begun", "Make another SparsifyRun");
  }
  // First, because a model without a finite loss is not worth the work.
  for (JudgedText& text : texts_) text.comparison.dense = judge(model_->graph, text, progress);
  const SparsifyResult result = set_to_zero(progress);
  count_zeros_after(mask_, ModelView(result.graph));
  for (JudgedText& text : texts_) text.comparison.pruned = judge(result.graph, text, progress);
  const SparsifyCard card = card_of(result);
  const JsonObject numbers = numbers_of(result);
  write(card, numbers, progress);
  return {result, card.texts, mask_, numbers, tables_of(card)};
}

MULTIPRUNER_INLINE double SparsifyRun::judge(const Graph& graph, const JudgedText& text, ProgressSink& progress) const {
  const bool dense = &graph == &model_->graph;
  Judgement what{.model = dense ? base_.name : "the sparse model",
                 .text = text.comparison.file,
                 .options = {.compute = spec_.compute}};
  if (!dense) what.remedy = "Use more damping, more calibration text, or another method";
  return judge_text(ModelView(graph), text.windows, what, progress, environment_.events.on_warning).perplexity;
}

MULTIPRUNER_INLINE SparsifyResult SparsifyRun::set_to_zero(ProgressSink& progress) const {
  const ModelView view(model_->graph);
  return std::visit([&](const auto& pruner) { return sparsify(view, calibration(), pruner, options_, progress); },
                    method_);
}

MULTIPRUNER_INLINE SparsifyCard SparsifyRun::card_of(const SparsifyResult& result) const {
  SparsifyCard card{.result = result,
                    .spec = spec_,
                    .base = base_,
                    .calibration = "Calibration: " + calibration_sentence() + ".",
                    .zeros = mask_table(mask_, true),
                    .warnings = model_->warnings};
  for (const JudgedText& text : texts_) card.texts.push_back(text.comparison);
  return card;
}

MULTIPRUNER_INLINE JsonObject SparsifyRun::numbers_of(const SparsifyResult& result) const {
  nlohmann::ordered_json settings = to_json(spec_);
  settings["calibration_windows"] = calibration().count();
  if (mask_.has_mask()) settings["weight_mask"] = to_json(mask_);
  return nlohmann::ordered_json{{"settings", std::move(settings)}, {"linears", to_json(result.linears)}};
}

MULTIPRUNER_INLINE std::string SparsifyRun::tables_of(const SparsifyCard& card) const {
  std::string text = linear_table(card.result.linears, false) + "\n" + comparison_table(card, false);
  if (mask_.has_mask()) text += "\n" + mask_table(mask_, false);
  const std::string remarks = remarks_on(card.result.linears);
  return text + (remarks.empty() ? "" : "\n" + remarks);
}

MULTIPRUNER_INLINE void SparsifyRun::write(const SparsifyCard& card, const JsonObject& numbers,
                                           ProgressSink& progress) const {
  const nlohmann::ordered_json json = numbers.json();
  save(card.result.graph, place_.out,
       {.overwrite = place_.overwrite,
        .settings = json.at("settings"),
        .more_files = {{"README.md", to_markdown(card)}, {"sparsity.json", to_json_text(json)}}},
       progress);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
