// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The search space of a stage: the moves of all that it removes, one selector after the other.
class StageSpace {
 public:
  /// @param ratio_of  what limits are of
  /// @throws OptionError for a group that cannot work for this model.
  StageSpace(const PruningStage& stage, const ModelConfig& config, const ProtectedBlocks& keep, PlanRatio ratio_of);

  /// Those that do not pass the limit, if there is one.
  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;

  /// Whether anything is left to remove, be it beyond the limit.
  [[nodiscard]] bool has_edits(const Plan& plan) const { return !all_edits(plan).empty(); }

  /// No edit goes beyond this ratio, in percent.
  void set_limit(double ratio) { limit_ = ratio; }

  /// How much the largest edit removes from a plan, in percent.
  [[nodiscard]] double largest_gain(const Plan& plan) const;

 private:
  [[nodiscard]] std::vector<Edit> all_edits(const Plan& plan) const;

  PlanRatio ratio_of_;
  std::vector<std::function<std::vector<Edit>(const Plan&)>> spaces_;
  std::optional<double> limit_{};
};

static_assert(SearchSpace<StageSpace>);

/// A stage in a model.
struct StageInModel {
  std::string name{};
  std::vector<StageSpace> spaces{};  ///< the same with ever smaller groups; of all but the last none passes the end
  std::string samples{};
  double until = 0;
};

/// The ratio of parameters in a model, which must outlive it, unless there is another one.
[[nodiscard]] PlanRatio ratio_or_parameters(PlanRatio ratio_of, const ModelConfig& config);

/// The stages that options ask for, in a model, which must outlive them.
/// @throws OptionError for options that cannot work for this model.
[[nodiscard]] std::vector<StageInModel> stages_in(const ModelConfig& config, const SequentialThresholdOptions& options);

/// The highest ratio at which one of some stages ends.
[[nodiscard]] double target_of(const std::vector<PruningStage>& stages);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/sequential_stages.ipp>
#endif
