// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/calibration/held_out.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline void require_positive(const char* option, double value) {
  if (value > 0 && value < 1e6) return;
  throw OptionError(option, "it must be above 0", "Give e.g. 0.1, or omit it");
}

/// One ridge of a method, as choose_compensation wants it.
struct MethodWithRidge {
  static constexpr std::string_view name = "method of a registry";
  const RunCompensationOptions& options;
  double ridge;

  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows, ProgressSink& progress) const {
    return options.method.solve(dense, pruned, windows, ridge, options.settings, progress);
  }
};

/// Without a ridge, a trial is of what candidates were compared with.
[[nodiscard]] inline std::string name_of_trial(const CompensationMethod& method, const std::optional<double>& ridge) {
  if (ridge) return method.name + ", ridge " + fixed_text(*ridge, 3);
  return method.name + (method.solve ? ", only as in the candidates" : "");
}

[[nodiscard]] inline nlohmann::ordered_json json_of_ridge(const std::optional<double>& ridge) {
  return ridge ? nlohmann::ordered_json(*ridge) : nullptr;
}

[[nodiscard]] inline nlohmann::ordered_json json_of(const SolvedWeight& weight, const Graph& graph, bool keep_zeros) {
  const BlockSpec& block = graph.spec(weight.axis.block);
  nlohmann::ordered_json json{{"layer", block.layer()},
                              {"block", block.kind().name},
                              {"dampening", weight.damping.absolute},
                              {"attempts", weight.masked ? 0 : weight.damping.increases + 1},
                              {"clipped", weight.damping.clipped},
                              {"squared_error_before", weight.before},
                              {"squared_error_after", weight.after}};
  if (!keep_zeros) return json;
  json["iterations"] = weight.iterations;
  json["unconverged_rows"] = weight.unconverged_rows;
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void RunCompensationOptions::validate() const {
  for (const double ridge : settings.ridges) detail::require_positive("--ridge", ridge);
  if (method.solve && settings.ridges.empty()) {
    throw OptionError("--ridge", "there is none to choose from", "Give e.g. 0.1, or use --compensate none");
  }
  detail::require_positive("--local-ridge", settings.local_ridge);
  if (settings.bias && !method.solve) {
    throw OptionError("--compensate-bias", "it is a part of stream matching", "Add --compensate stream-matching");
  }
  if (!every) return;
  detail::require_positive("--compensate-every", *every);
  if (!method.is_none()) return;
  throw OptionError("--compensate-every", "nothing compensates", "Name a method with --compensate");
}

MULTIPRUNER_INLINE void RunCompensationOptions::require_applicable(const ModelConfig& config) const {
  if (method.require_applicable) method.require_applicable(config, settings);
}

MULTIPRUNER_INLINE RunCompensation::RunCompensation(RunCompensationOptions options, const Graph& dense,
                                                    const TokenWindows& windows)
    : options_(std::move(options)), dense_(&dense), windows_(&windows) {
  options_.validate();
}

MULTIPRUNER_INLINE std::unique_ptr<BlockSource> RunCompensation::outputs(const Graph& start,
                                                                         ProgressSink& progress) const {
  if (!options_.method.outputs) return nullptr;
  // What is held out judges them at the end.
  return options_.method.outputs(start, split_held_out(*windows_).fit, options_.settings, progress);
}

/// Trials are kept as costs are, of a set of windows whose name has all that they depend on besides the models.
MULTIPRUNER_INLINE TrialMemory RunCompensation::trials(const ModelView& pruned, CostMemory* memory) const {
  if (memory == nullptr) return {};
  const CompensationSettings& settings = options_.settings;
  const Fingerprint windows = fingerprint_of(*windows_);
  const std::uint64_t start = fingerprint_of_weights(pruned.graph()).value();
  const std::string all = options_.method.name + (settings.bias ? ", biases" : "") +
                          (settings.keep_zeros ? ", zeros kept" : "") + ", " + exact_text(settings.local_ridge);
  const auto name = [=](double ridge) {
    return "trial-" + Fingerprint().add(all + ", " + exact_text(ridge)).add(windows.text()).text();
  };
  const auto key = [start, plan = &pruned.plan()](const std::string& samples) {
    return CostKey{.samples = samples, .plan = plan, .start = start};
  };
  return {.find = [=](double ridge) -> std::optional<double> {
            std::array<double, 1> loss{};
            const std::string samples = name(ridge);
            return memory->find(key(samples), loss) ? std::optional(loss.front()) : std::nullopt;
          },
          .add =
              [=](double ridge, double loss) {
                const std::string samples = name(ridge);
                memory->add(key(samples), std::array{loss});
              }};
}

MULTIPRUNER_INLINE CompensationChoice RunCompensation::compensate(const ModelView& pruned, ProgressSink& progress,
                                                                  CostMemory* memory) const {
  const CompensationSettings& settings = options_.settings;
  const auto with_ridge = [&](double ridge) { return detail::MethodWithRidge{options_, ridge}; };
  const auto loss_of = [&](const ModelView& view, const TokenWindows& held_out) {
    return evaluate_perplexity(view, held_out, progress, {settings.compute, settings.rows_per_pass}).mean_nll;
  };
  const std::vector<double> ridges = options_.method.solve ? settings.ridges : std::vector<double>{};
  return choose_compensation(ModelView(*dense_), pruned, *windows_, ridges, with_ridge, loss_of, progress,
                             trials(pruned, memory));
}

MULTIPRUNER_INLINE Graph smaller_graph(CompensationChoice choice, const ModelView& pruned) {
  if (choice.model) return std::move(choice.model->graph);
  return extract(ModelView(pruned.graph(), pruned.plan()));
}

MULTIPRUNER_INLINE std::string describe(const CompensationMethod& method, const CompensationChoice& choice) {
  const std::string without = fixed_text(choice.loss_without, 3);
  if (!choice.model) return "none: " + method.name + " was no better than " + without + " nats on held-out windows";
  return detail::name_of_trial(method, choice.ridge) + ": " + without + " to " + fixed_text(choice.loss, 3) +
         " nats a token on held-out windows";
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const RunCompensationOptions& options,
                                                  const CompensationChoice& choice) {
  nlohmann::ordered_json json{{"method", options.method.name},
                              {"applied", choice.model.has_value()},
                              {"held_out_loss_without", choice.loss_without},
                              {"held_out_loss", choice.loss}};
  for (const auto& [ridge, loss] : choice.tried) {
    json["tried"].push_back({{"ridge", detail::json_of_ridge(ridge)}, {"held_out_loss", loss}});
  }
  if (!choice.model) return json;
  json["ridge"] = detail::json_of_ridge(choice.ridge);
  for (const SolvedWeight& weight : choice.model->weights) {
    json["weights"].push_back(detail::json_of(weight, choice.model->graph, options.settings.keep_zeros));
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
