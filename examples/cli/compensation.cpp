// SPDX-License-Identifier: MIT
#include "compensation.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "options.hpp"
#include <multipruner/calibration/held_out.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::cli {

namespace {

/// In the order of CompensationKind.
constexpr std::array<std::string_view, 4> names{"none", "local", "stream-matching", "local+stream-matching"};

void require_positive(const char* option, double value) {
  if (value > 0 && value < 1e6) return;
  throw OptionError(option, "it must be above 0", "Give e.g. 0.1, or leave it away");
}

/// The part of a method that a trial is of: without a ridge, it is what candidates were compared with.
std::string name_of_trial(const std::optional<double>& ridge) {
  return ridge ? "stream-matching, ridge " + fixed_text(*ridge, 3) : "local";
}

}  // namespace

void add_compensation_options(CLI::App& app, CompensationFlags& flags, AfterParsing& after_parsing) {
  const std::string group = "Compensation";
  add_name_option(
      app, "--compensate", [&](const std::string& name) { flags.kind = compensation_named(name); },
      "Solve o_proj and down_proj anew, without training. local: in\nevery candidate, each block for its own "
      "channels; stream-matching:\nafter the search, all blocks for what the whole model has lost;\n"
      "local+stream-matching; or none. Held-out windows decide how\nstrongly, and whether at all "
      "[what --preset says]",
      after_parsing)
      ->type_name("HOW")
      ->group(group);
  app.add_option("--ridge", flags.ridges,
                 "Strengths of regularisation that stream matching chooses from;\nlarger is safer on other text "
                 "[0.1 0.3 1]")
      ->type_name("R")
      ->group(group);
  app.add_option("--local-ridge", flags.local_ridge, "The same of local compensation")
      ->type_name("R")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--compensate-bias", flags.bias,
               "Stream matching solves the biases of o_proj and down_proj, too;\nonly for models that have some")
      ->group(group);
  add_percentage_option(
      app, "--compensate-every", flags.every,
      "Search and compensate in turn: compensate whenever so much more\nof all parameters is gone, and go on "
      "searching in the model that\ncomes out")
      ->group(group);
}

CompensationKind compensation_named(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<CompensationKind>(found - names.begin());
  throw OptionError("--compensate", "\"" + std::string(name) + "\" is not known",
                    "Use local, stream-matching, local+stream-matching, or none");
}

std::string CompensationMethod::name() const {
  return std::string(names[static_cast<std::size_t>(kind)]);
}

CompensationMethod method_of(const CompensationFlags& flags, CompensationKind otherwise) {
  CompensationMethod method{flags, flags.kind.value_or(otherwise), false};
  for (const double ridge : method.ridges) require_positive("--ridge", ridge);
  require_positive("--local-ridge", method.local_ridge);
  if (method.bias && !method.matches_streams()) {
    throw OptionError("--compensate-bias", "it is a part of stream matching", "Add --compensate stream-matching");
  }
  if (!method.every) return method;
  require_positive("--compensate-every", *method.every);
  if (!method.is_none()) return method;
  throw OptionError("--compensate-every", "nothing compensates", "Name a method with --compensate");
}

void require_applicable(const CompensationMethod& method, const ModelConfig& config) {
  StreamMatching({.bias = method.bias}).require_applicable(config);
}

std::unique_ptr<BlockSource> Compensation::outputs(const Graph& start, ProgressSink& progress) const {
  if (!method_.in_candidates()) return nullptr;
  const LocalCompensation<> local({.ridge = method_.local_ridge,
                                   .keep_zeros = method_.keep_zeros,
                                   .compute = compute_,
                                   .rows_per_pass = rows_per_pass_});
  // What is held out judges them at the end.
  return local.outputs(start, split_held_out(*windows_).fit, progress);
}

CompensationChoice Compensation::compensate(const ModelView& pruned, ProgressSink& progress) const {
  const auto with_ridge = [&](double ridge) {
    return StreamMatching({.ridge = ridge,
                           .bias = method_.bias,
                           .keep_zeros = method_.keep_zeros,
                           .compute = compute_,
                           .rows_per_pass = rows_per_pass_,
                           .scratch_folder = scratch_folder_});
  };
  const auto loss_of = [&](const ModelView& view, const TokenWindows& held_out) {
    return evaluate_perplexity(view, held_out, progress, {compute_, rows_per_pass_}).mean_nll;
  };
  const std::vector<double> ridges = method_.matches_streams() ? method_.ridges : std::vector<double>{};
  return choose_compensation(ModelView(*dense_), pruned, *windows_, ridges, with_ridge, loss_of, progress);
}

Graph Compensation::smaller(const Graph& start, const Plan& plan, ProgressSink& progress) const {
  const std::unique_ptr<BlockSource> narrowed = outputs(start, progress);
  const ModelView pruned(start, plan, narrowed.get());
  return smaller_graph(compensate(pruned, progress), pruned);
}

Graph smaller_graph(CompensationChoice choice, const ModelView& pruned) {
  if (choice.model) return std::move(choice.model->graph);
  return extract(ModelView(pruned.graph(), pruned.plan()));
}

std::string describe(const CompensationMethod& method, const CompensationChoice& choice) {
  const std::string without = fixed_text(choice.loss_without, 3);
  if (!choice.model) return "none: " + method.name() + " was no better than " + without + " nats on held-out windows";
  std::string text = name_of_trial(choice.ridge);
  text.append(": ").append(without).append(" to ").append(fixed_text(choice.loss, 3));
  return text.append(" nats a token on held-out windows");
}

nlohmann::ordered_json to_json(const CompensationMethod& method, const CompensationChoice& choice) {
  nlohmann::ordered_json json{{"method", method.name()},
                              {"applied", choice.model.has_value()},
                              {"held_out_loss_without", choice.loss_without},
                              {"held_out_loss", choice.loss}};
  const auto or_null = [](const std::optional<double>& ridge) {
    return ridge ? nlohmann::ordered_json(*ridge) : nullptr;
  };
  for (const auto& [ridge, loss] : choice.tried) {
    json["tried"].push_back({{"ridge", or_null(ridge)}, {"held_out_loss", loss}});
  }
  if (!choice.model) return json;
  json["ridge"] = or_null(choice.ridge);
  for (const SolvedWeight& weight : choice.model->weights) {
    const BlockSpec& block = choice.model->graph.spec(weight.axis.block);
    json["weights"].push_back({{"layer", block.layer()},
                               {"block", block.kind().name},
                               {"dampening", weight.damping.absolute},
                               {"attempts", weight.masked ? 0 : weight.damping.increases + 1},
                               {"clipped", weight.damping.clipped},
                               {"squared_error_before", weight.before},
                               {"squared_error_after", weight.after}});
    if (!method.keep_zeros) continue;
    json["weights"].back()["iterations"] = weight.iterations;
    json["weights"].back()["unconverged_rows"] = weight.unconverged_rows;
  }
  return json;
}

}  // namespace multipruner::cli
