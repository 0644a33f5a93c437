// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "compensation.hpp"
#include "options.hpp"
#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::cli {

/// What is done where no option says otherwise: what is best, or what the released MultiPruner does.
enum class Preset : std::uint8_t { quality, reference };

/// The orders of channels and heads that --reorder knows.
[[nodiscard]] const Registry<UnitOrdering>& unit_orderings();

/// What `multipruner prune` is asked to do.
struct PruneOptions {
  std::string model, out;
  bool overwrite = false, restart = false, dry_run = false;

  std::optional<double> ratio;
  std::optional<std::string> distribution, stages;
  std::optional<double> depth_until, mlp_until, heads_until;
  std::optional<Index> mlp_group, head_group;
  std::vector<std::string> keep;  ///< see parse_parts
  Preset preset = Preset::quality;
  std::optional<UnitOrdering> reorder;
  bool no_reorder = false;
  bool keep_zeros = false;
  std::optional<std::string> statistics;
  CompensationFlags compensation;

  std::string calibration;
  std::optional<std::string> calibration_width;
  std::vector<std::string> calibration_fit;
  std::optional<std::string> eval_text;
  std::optional<Index> samples, samples_width, samples_fit, generated_windows;
  std::string sampling = "first";
  WindowFlags windows;
  simd::Compute compute = simd::Compute::float32;
  std::optional<double> confidence;
  std::optional<std::uint64_t> memory, stream_memory;  ///< bytes

  bool weight_reorder = false;
  std::string importance_metric = "ppl";

  [[nodiscard]] bool has_thresholds() const { return depth_until || mlp_until || heads_until; }

  static constexpr const char* shares_of_paper = "44:52:4";
  static constexpr const char* shares_without_blocks = "0:96:4";

  /// How blocks, MLP channels and heads share the target.
  [[nodiscard]] std::string shares() const {
    return distribution.value_or(is_reference() ? shares_of_paper : shares_without_blocks);
  }

  /// The order of channels and heads.
  [[nodiscard]] UnitOrdering order() const {
    if (no_reorder) return {};
    return reorder ? *reorder : unit_orderings().at(is_reference() ? "l1" : "output-norm");
  }

  /// What makes up for what is removed.
  [[nodiscard]] RunCompensationOptions run_compensation() const {
    RunCompensationOptions how{compensation.method
                                   ? *compensation.method
                                   : compensation_methods().at(is_reference() ? "none" : "stream-matching"),
                               compensation.settings, compensation.every};
    how.settings.keep_zeros = keep_zeros;
    how.settings.compute = compute;
    return how;
  }

  /// Whether what is fitted, orders and compensation, has windows of its own.
  [[nodiscard]] bool has_fit_text() const { return samples_fit || !calibration_fit.empty(); }

  [[nodiscard]] bool is_reference() const { return preset == Preset::reference; }
};

void add_prune_options(CLI::App& app, PruneOptions& options);

/// What the policy is told. Everything that can be checked without a model is checked.
/// @throws OptionError
[[nodiscard]] SequentialThresholdOptions policy_options(const PruneOptions& options);

/// The ratios at which the stages end. @throws OptionError
[[nodiscard]] StageThresholds thresholds_of(const PruneOptions& options);

/// Fills in the default groups. @throws OptionError for groups that do not fit the model.
void resolve_groups(const ModelConfig& config, SequentialThresholdOptions& options);

/// Tells the policy which blocks of the model stay as they are. Groups are resolved before.
/// @throws OptionError for what the model does not have, or where nothing is left to remove.
void resolve_kept_blocks(const Graph& graph, const PruneOptions& options, SequentialThresholdOptions& policy);

/// @throws OptionError
[[nodiscard]] CalibrationOptions calibration_options(const PruneOptions& options, std::uint64_t seed);

/// The options of a finished run, from the settings in its log; those that say where it writes are empty.
/// @throws DataError naming the entry that is missing or impossible
[[nodiscard]] PruneOptions options_of(const JsonReader& settings);

/// The settings of a run, under the reference's names where it has them.
[[nodiscard]] nlohmann::ordered_json settings_json(const PruneOptions& options,
                                                   const SequentialThresholdOptions& policy,
                                                   const CalibrationOptions& calibration);

}  // namespace multipruner::cli
