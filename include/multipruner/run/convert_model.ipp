// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/run/convert_model.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/require_output_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A model with its units in the order that a configuration is for.
[[nodiscard]] inline Graph ordered_for_config(const Graph& graph, const std::string& name,
                                              const RunEnvironment& environment, ProgressSink& progress) {
  UnitOrderOptions options;
  options.ordering = environment.registries.orderings.at(name);
  if (options.ordering.needs_statistics()) {
    throw OptionError("--reorder", name + " needs a calibration text, which a configuration has not got",
                      "Use l1 or none, or prune with that text again");
  }
  const UnitOrder order = make_unit_order(options, graph, {}, progress);
  return order.empty() ? graph : reorder(graph, order);
}

/// A plan, and what is known of its history.
struct ConfiguredPlan {
  Plan plan;
  std::vector<BlockId> removal_order;
};

[[nodiscard]] inline ConfiguredPlan plan_of_config(const std::string& file, const Graph& graph) {
  const ModelConfig& config = graph.config();
  if (!(Plan(graph) == Plan(config))) {
    throw OptionError("--from-config", "the model is pruned already", "Give the model that the configuration is for");
  }
  const PruningConfig pruning = read_pruning_config(file, config.num_hidden_layers, pruning_keys(config));
  if (pruning.stream) {
    throw OptionError("--from-config", file + " is of a model with a sliced stream, whose weights it does not tell",
                      "Use the folder of that model");
  }
  return {to_plan(config, pruning), removal_order_of(config, pruning)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE ConvertedModel convert_model(const ConversionSpec& spec, const std::filesystem::path& out,
                                                bool overwrite, const RunEnvironment& environment,
                                                ProgressSink& progress) {
  if (spec.model.empty()) throw OptionError("--model_path", "is missing", "Name a model");
  if (spec.reorder && spec.config.empty()) {
    throw OptionError("--reorder", "it is for --from-config: the channels of a model stay where they are", "Omit it");
  }
  const std::vector<ModelFormat> formats = formats_of(
      {.model = spec.model, .format = spec.format, .gguf_type = spec.gguf_type}, environment.registries.formats);
  require_output_folder(out, spec.model, overwrite);
  std::vector<std::string> warnings;
  Graph graph = environment.load_and_warn(spec.model, false, warnings);
  SaveOptions options{.overwrite = overwrite, .removal_order = graph.origin().removal_order};
  Plan plan(graph);
  if (!spec.config.empty()) {
    detail::ConfiguredPlan configured = detail::plan_of_config(spec.config, graph);
    options.reordering = spec.reorder.value_or("l1");
    options.removal_order = std::move(configured.removal_order);
    plan = std::move(configured.plan);
    graph = detail::ordered_for_config(graph, options.reordering, environment, progress);
  }
  const ModelView view(graph, plan);
  ConvertedModel made{count_parameters(graph.config(), plan), pruning_ratio(graph.config(), plan),
                      padding_sentences(formats, view)};
  save_in(formats, view, out, options, progress);
  return made;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
