// SPDX-License-Identifier: MIT
#include "prune_options.hpp"

#include <limits>
#include <string>

#include "model_parts.hpp"
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::cli {

const Registry<UnitOrdering>& unit_orderings() {
  static const Registry<UnitOrdering> registry = shipped_unit_orderings();
  return registry;
}

namespace {

Preset preset_named(const std::string& name) {
  if (name == "quality") return Preset::quality;
  if (name == "reference") return Preset::reference;
  throw OptionError("--preset", "\"" + name + "\" is not known", "Use quality or reference");
}

void add_target_options(CLI::App& app, PruneOptions& options, AfterParsing& after_parsing) {
  const std::string group = "What to remove";
  add_percentage_option(app, "--ratio,--target_ratio", options.ratio, "Share of all parameters to remove, in percent")
      ->group(group);
  app.add_option("--distribution,--pruning_distribution", options.distribution,
                 "How blocks, MLP channels and attention heads\nshare the target; 0 skips a stage [what --preset says]")
      ->type_name("A:B:C")
      ->group(group);
  app.add_option("--stages", options.stages,
                 "Other stages, in their order, each WHAT:SHARE; WHAT is blocks,\nlayers, mlp, heads, or several to be "
                 "compared with each "
                 "other:\nheads:4,mlp:52,blocks:44 or blocks+mlp+heads:1")
      ->type_name("LIST")
      ->group(group);
  const auto threshold = [&](const char* name, std::optional<double>& value, const char* description) {
    add_percentage_option(app, name, value, description)->group(group);
  };
  threshold("--depth-until", options.depth_until, "Instead of --ratio: remove blocks until so much is gone,");
  threshold("--mlp-until", options.mlp_until, "then MLP channels until so much is gone,");
  threshold("--heads-until", options.heads_until, "then heads; a stage without a limit is skipped");
  app.add_option("--mlp-group,--mlp_channel_group_size", options.mlp_group,
                 "MLP channels removed together\n[3/32 of a block, in multiples of 32]")
      ->type_name("N")
      ->group(group);
  app.add_option("--head-group,--attn_channel_group_size", options.head_group,
                 "Query channels removed together\n[one key/value head with its query heads]")
      ->type_name("N")
      ->group(group);
  app.add_option("--keep", options.keep, "Blocks that stay as they are: " + std::string(parts_help))
      ->type_name("WHAT")
      ->group(group);
  add_name_option(
      app, "--preset", [&](const std::string& name) { options.preset = preset_named(name); },
      "quality: --distribution 0:96:4 --reorder output-norm\n--compensate stream-matching --generated-windows as "
      "many "
      "as\nthere are of text; or reference: as the released MultiPruner,\n--distribution 44:52:4 --reorder l1 "
      "--compensate none",
      after_parsing)
      ->type_name("NAME")
      ->default_str("quality")
      ->group(group);
  add_name_option(
      app, "--reorder", [&](const std::string& name) { options.reorder = unit_orderings().at(name); },
      "What orders channels and heads, of which the last go first:\n" + wrapped_text(unit_orderings().names(), 60, "") +
          "\n[what --preset says]",
      after_parsing)
      ->type_name("METRIC")
      ->group(group);
  app.add_flag("--no-reorder", options.no_reorder, "The same as --reorder none")->group(group);
  app.add_flag(
         "--keep-zeros", options.keep_zeros,
         "Keep the mask of a model whose weights were set to zero, also\nin patterns like 2:4: channels then move "
         "and go in groups of M,\nand compensation solves for the other weights")
      ->group(group);
  app.add_option(
         "--statistics", options.statistics,
         "Keep the statistics of activations that --reorder needs in\nthis file, or take them from it if it is there")
      ->type_name("FILE")
      ->group(group);
}

void add_text_options(CLI::App& app, PruneOptions& options) {
  const std::string group = "Calibration text";
  app.add_option("--calibration,--calibration_dataset", options.calibration,
                 "Text that tells what matters: plain, WikiText (.raw),\nJSON lines or a JSON array, also as .gz; - "
                 "for\nstandard input")
      ->required()
      ->type_name("FILE")
      ->group(group);
  app.add_option("--calibration-width", options.calibration_width, "Another text for the width stages")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--calibration-fit", options.calibration_fit,
                 "Text for the statistics of --reorder and for --compensate, the\nwider the better; several are put "
                 "together [that for blocks]")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--samples,--num_calibration_samples_block", options.samples,
                 "Rows on which blocks are judged\n[256; 32,768 tokens of a plain text]")
      ->type_name("N")
      ->group(group);
  app.add_option("--samples-width,--num_calibration_samples_width", options.samples_width,
                 "Rows on which widths are judged\n[128; 32,768 tokens of a plain text]")
      ->type_name("N")
      ->group(group);
  app.add_option(
         "--samples-fit", options.samples_fit,
         "Rows of each text for statistics and compensation, which\n--max-windows does not bound [as --samples]")
      ->type_name("N")
      ->group(group);
  app.add_option("--generated-windows", options.generated_windows,
                 "Windows that the model writes itself, beside the text for\nstatistics and compensation [as many as "
                 "that has with\n--preset quality, unless there is a --calibration-fit]")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--sampling", options.sampling,
                 "Which rows: first, random, or reference (those that the\nreleased code draws)")
      ->type_name("HOW")
      ->capture_default_str()
      ->group(group);
  app.add_option("--eval-text", options.eval_text, "Held-out text for the table of the model card")
      ->type_name("FILE")
      ->group(group);
}

void add_options_without_effect(CLI::App& app, PruneOptions& options) {
  const std::string group = "Accepted because the reference has them";
  app.add_flag("--weight_reorder", options.weight_reorder, "Has no effect: it is the default")->group(group);
  app.add_flag("--do_prune")->description("Has no effect: prune always prunes")->group(group);
  app.add_flag("--do_eval")->description("Has no effect: give --eval-text, or use eval")->group(group);
  app.add_option("--importance_metric", options.importance_metric, "Only ppl, which is the default")
      ->type_name("NAME")
      ->group(group);
  static_cast<void>(app.add_option_function<Index>(
                           "--batch_size", [](const Index&) {}, "Has no effect: results do not depend on batches")
                        ->type_name("N")
                        ->group(group));
}

/// @throws OptionError for options that contradict each other, or that are not supported.
void check_combination(const PruneOptions& options) {
  if (options.importance_metric != "ppl") {
    throw OptionError("--importance_metric", "\"" + options.importance_metric + "\" is not supported",
                      "Use ppl, or leave the option away");
  }
  if (options.no_reorder && options.reorder && !options.reorder->is_none()) {
    throw OptionError("--no-reorder", "it contradicts --reorder " + options.reorder->name, "Give one of them");
  }
  if (options.weight_reorder && options.order().is_none()) {
    throw OptionError(options.no_reorder ? "--no-reorder" : "--reorder none", "it contradicts --weight_reorder",
                      "Give one of them");
  }
  if (!options.ratio && !options.has_thresholds()) {
    throw OptionError("--ratio", "is missing", "Give the share of parameters to remove in percent, e.g. --ratio 20");
  }
  if (options.stages && (options.distribution || options.has_thresholds())) {
    throw OptionError("--stages",
                      "it takes the place of --distribution and of --depth-until, --mlp-until, --heads-until",
                      "Give one of them");
  }
  if (options.has_thresholds() && (options.ratio || options.distribution)) {
    throw OptionError("--depth-until, --mlp-until, --heads-until", "they take the place of --ratio and --distribution",
                      "Give either these or those");
  }
}

}  // namespace

void add_prune_options(CLI::App& app, PruneOptions& options) {
  app.add_option("MODEL,--model_path", options.model, "Folder of a Hugging Face checkpoint")
      ->required()
      ->type_name("DIR");
  app.add_option("--out,--output_path", options.out, "Folder for the smaller model; must not be there yet, or be empty")
      ->type_name("DIR");
  app.add_flag("--overwrite", options.overwrite, "Replace --out, if it is a folder that this program made");
  app.add_flag("--dry-run", options.dry_run,
               "Only say how many candidates, how long and how much memory\nit would take; measures for some seconds");
  app.add_flag("--restart", options.restart, "Measure everything anew instead of going on from the journal in --out");
  AfterParsing after_parsing;
  add_target_options(app, options, after_parsing);
  add_text_options(app, options);
  add_compensation_options(app, options.compensation, after_parsing);
  app.parse_complete_callback([after_parsing = std::move(after_parsing)] {
    for (const auto& parse : after_parsing) parse();
  });
  add_window_options(app, options.windows);
  add_compute_option(app, options.compute);
  const auto parse_confidence = [&options](const std::string& text) {
    // The one share of 1 of this program; with its sign it is a percentage, too.
    const double value = parse_percentage("--confidence", text.ends_with('%') ? text : text + "%");
    options.confidence = text.ends_with('%') ? value / 100 : value;
  };
  app.add_option_function<std::string>(
         "--confidence", parse_confidence,
         "Drop candidates early that are worse at this confidence,\ne.g. 0.95: faster, and rarely another choice. "
         "Without it,\nevery choice is exact")
      ->type_name("P");
  add_size_option(
      app, "--memory", options.memory,
      "All memory to use, e.g. 2GB: for models that are larger than\nmemory. Weights then stay in files but "
      "for the block that\nis at work; never changes a result");
  add_size_option(
      app, "--stream-memory", options.stream_memory,
      "Memory for activations that candidates share and that are kept\nfrom step to step, e.g. 500MB or 8GB "
      "[a quarter of what is free];\nnever changes a result");
  add_options_without_effect(app, options);
}

namespace {

/// "mlp", as a list of stages names it.
StageSelector selector_of(std::string_view word) {
  if (word == "blocks") return {};
  if (word == "layers") return {.layers = true};
  if (word == "mlp") return {std::string(GatedMlp::axes[0].name)};
  if (word == "heads") return {std::string(Attention::axes[0].name)};
  throw OptionError("--stages", "\"" + std::string(word) + "\" is nothing that a stage removes",
                    "Use blocks, layers, mlp or heads, or several of them with + between");
}

/// "heads:4,mlp:52,blocks:44".
std::vector<PruningStage> parse_stages(const std::string& list) {
  std::vector<PruningStage> stages;
  for (const std::string& text : CLI::detail::split(list, ',')) {
    const std::size_t colon = text.find(':');
    const std::string number = colon == std::string::npos ? "" : text.substr(colon + 1);
    char* end = nullptr;
    PruningStage stage{.share = std::strtod(number.c_str(), &end)};
    if (number.empty() || *end != '\0') {
      throw OptionError("--stages", "\"" + text + "\" has no share", "Give each stage as WHAT:SHARE, e.g. mlp:52");
    }
    for (const std::string& word : CLI::detail::split(text.substr(0, colon), '+')) {
      stage.removes.push_back(selector_of(word));
    }
    stages.push_back(std::move(stage));
  }
  return stages;
}

}  // namespace

StageThresholds thresholds_of(const PruneOptions& options) {
  if (options.has_thresholds()) return {options.depth_until, options.mlp_until, options.heads_until};
  return stage_thresholds(*options.ratio, parse_distribution(options.shares()));
}

SequentialThresholdOptions policy_options(const PruneOptions& options) {
  check_combination(options);
  if (options.out.empty() && !options.dry_run) {
    throw OptionError("--out", "is missing", "Say where the smaller model is to go, or ask for a --dry-run");
  }
  const auto check = [](const char* name, const std::optional<double>& ratio) {
    if (ratio) require_ratio(name, *ratio);
  };
  check("--ratio", options.ratio);
  check("--depth-until", options.depth_until);
  check("--mlp-until", options.mlp_until);
  check("--heads-until", options.heads_until);
  if (options.confidence && !(*options.confidence >= 0.5 && *options.confidence < 1)) {
    throw OptionError("--confidence", "it must be from 0.5 to below 1", "Give e.g. 0.95, or leave it away");
  }
  options.run_compensation().validate();
  SequentialThresholdOptions policy{.mlp_group = options.mlp_group, .attention_group = options.head_group};
  if (options.has_thresholds()) {
    policy.thresholds = thresholds_of(options);
  } else if (options.stages) {
    policy.ratio = *options.ratio;
    policy.stages = parse_stages(*options.stages);
  } else {
    policy.ratio = *options.ratio;
    policy.split = parse_distribution(options.shares());
  }
  static_cast<void>(stages_of(policy));  // checks the shares, too
  return policy;
}

void resolve_kept_blocks(const Graph& graph, const PruneOptions& options, SequentialThresholdOptions& policy) {
  policy.keep = blocks_of("--keep", parse_parts("--keep", options.keep, graph.config()), graph.config());
  if (options.keep.empty() || SequentialThreshold<>(policy).can_remove(graph)) return;
  throw OptionError("--keep", "it leaves nothing to remove", "Keep less, or remove something else, see --distribution");
}

namespace {

/// The most MLP channels that a block has; nothing where none has any.
std::optional<Index> widest_mlp(const ModelConfig& config) {
  std::optional<Index> widest;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != GatedMlp::axes[0].name) continue;
      widest = std::max(widest.value_or(0), block.axis(axis).width);
    }
  }
  return widest;
}

}  // namespace

void resolve_groups(const ModelConfig& config, SequentialThresholdOptions& options) {
  if (!options.mlp_group) options.mlp_group = default_group(config, GatedMlp::axes[0].name);
  if (!options.attention_group) options.attention_group = default_group(config, Attention::axes[0].name);
  static_cast<void>(WidthReduction(config, GatedMlp::axes[0].name, *options.mlp_group));
  static_cast<void>(WidthReduction(config, Attention::axes[0].name, *options.attention_group));
  const std::optional<Index> channels = widest_mlp(config);
  if (channels && *options.mlp_group >= *channels) {
    throw OptionError("--mlp-group",
                      std::to_string(*options.mlp_group) + " channels would leave nothing of an MLP block of " +
                          std::to_string(*channels),
                      "Give less, e.g. " + std::to_string(default_group(config, GatedMlp::axes[0].name)));
  }
}

CalibrationOptions calibration_options(const PruneOptions& options, std::uint64_t seed) {
  return {.samples_block = options.samples,
          .samples_width = options.samples_width,
          .sampling = parse_sampling(options.sampling),
          .seed = seed,
          .max_windows = options.windows.max_windows};
}

PruneOptions options_of(const JsonReader& settings) {
  constexpr Bounds<Index> count{1, std::numeric_limits<Index>::max()};
  constexpr Bounds<double> positive{0, std::numeric_limits<double>::max()};
  PruneOptions options;
  options.model = settings.require<std::string>("model_path");
  options.reorder = unit_orderings().at(settings.require<std::string>("reorder"));
  options.keep_zeros = settings.get_or<bool>("keep_zeros", false);       // older runs do not know it
  options.keep = settings.get_or<std::vector<std::string>>("keep", {});  // nor this
  options.calibration = settings.require<std::string>("calibration_dataset");
  const JsonReader compensation = settings.require_object("compensation");
  options.compensation.method = compensation_methods().at(compensation.require<std::string>("method"));
  options.compensation.settings.ridges = compensation.require<std::vector<double>>("ridges");
  options.compensation.settings.local_ridge = compensation.require<double>("local_ridge", positive);
  options.compensation.settings.bias = compensation.require<bool>("bias");
  options.compensation.every = compensation.optional<double>("every", positive);
  options.calibration_fit = settings.require<std::vector<std::string>>("calibration_dataset_fit");
  options.samples_fit = settings.optional<Index>("num_calibration_samples_fit", count);
  options.generated_windows = settings.optional<Index>("num_generated_windows", {0, count.maximum});
  options.calibration_width = settings.optional<std::string>("calibration_dataset_width");
  options.samples = settings.optional<Index>("num_calibration_samples_block", count);
  options.samples_width = settings.optional<Index>("num_calibration_samples_width", count);
  options.sampling = settings.require<std::string>("sampling");
  const auto compute = settings.require<std::string>("compute");
  if (compute == name_of(simd::Compute::bfloat16)) {
    options.compute = simd::Compute::bfloat16;
  } else if (compute != name_of(simd::Compute::float32)) {
    throw DataError(settings.where("compute"), "\"" + compute + "\" is no type that products are computed in",
                    "Restore the log of the run");
  }
  options.confidence = settings.optional<double>("confidence", {0.5, 1});
  options.windows.seqlen = settings.require<Index>("seqlen", {2, largest_size});
  options.windows.max_windows = settings.optional<Index>("max_windows", count);
  const auto ignored = settings.optional<TokenId>("ignored_label", {0, std::numeric_limits<TokenId>::max()});
  options.windows.ignore_label = ignored ? std::to_string(*ignored) : "none";
  return options;
}

nlohmann::ordered_json settings_json(const PruneOptions& options, const SequentialThresholdOptions& policy,
                                     const CalibrationOptions& calibration) {
  const auto or_null = [](const auto& value) { return value ? nlohmann::ordered_json(*value) : nullptr; };
  nlohmann::ordered_json json;
  json["model_path"] = options.model;
  json["weight_reorder"] = !options.order().is_none();
  json["reorder"] = options.order().name;
  json["keep_zeros"] = options.keep_zeros;
  const RunCompensationOptions compensation = options.run_compensation();
  json["compensation"] = {{"method", compensation.method.name},
                          {"ridges", compensation.settings.ridges},
                          {"local_ridge", compensation.settings.local_ridge},
                          {"bias", compensation.settings.bias},
                          {"every", or_null(compensation.every)}};
  json["target_ratio"] = or_null(options.ratio);
  json["pruning_distribution"] = nullptr;
  if (options.ratio && !options.stages) json["pruning_distribution"] = options.shares();
  if (options.stages) json["stages"] = *options.stages;
  const StageThresholds thresholds = options.stages ? StageThresholds{} : thresholds_of(options);
  json["stage_thresholds"] = {{"depth", or_null(thresholds.depth)},
                              {"mlp_width", or_null(thresholds.mlp_width)},
                              {"attention_width", or_null(thresholds.attention_width)}};
  json["mlp_channel_group_size"] = or_null(policy.mlp_group);
  json["attn_channel_group_size"] = or_null(policy.attention_group);
  json["keep"] = options.keep;
  json["importance_metric"] = options.importance_metric;
  json["calibration_dataset"] = options.calibration;
  json["calibration_dataset_width"] = or_null(options.calibration_width);
  json["calibration_dataset_fit"] = options.calibration_fit;
  json["num_calibration_samples_block"] = or_null(options.samples);
  json["num_calibration_samples_width"] = or_null(options.samples_width);
  json["num_calibration_samples_fit"] = or_null(options.samples_fit);
  json["num_generated_windows"] = or_null(options.generated_windows);
  json["sampling"] = options.sampling;
  json["compute"] = name_of(options.compute);
  json["confidence"] = or_null(options.confidence);
  json["seed"] = calibration.seed;
  json["seqlen"] = calibration.sequence_length;
  json["max_windows"] = or_null(calibration.max_windows);
  json["ignored_label"] = or_null(calibration.ignored_label);
  return json;
}

}  // namespace multipruner::cli
