// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The search space of a stage: the moves of all that it removes, one selector after the other.
class StageSpace {
 public:
  /// @throws OptionError for a group that cannot work for this model.
  StageSpace(const PruningStage& stage, const ModelConfig& config, const ProtectedBlocks& keep);

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;

 private:
  std::vector<std::function<std::vector<Edit>(const Plan&)>> spaces_;
};

static_assert(SearchSpace<StageSpace>);

/// A stage in a model.
struct StageInModel {
  std::string name;
  StageSpace space;
  std::string samples;
  double until;
};

/// The stages that options ask for, in a model. @throws OptionError for options that cannot work for this model.
[[nodiscard]] std::vector<StageInModel> stages_in(const ModelConfig& config, const SequentialThresholdOptions& options);

/// The highest ratio at which one of some stages ends.
[[nodiscard]] double target_of(const std::vector<PruningStage>& stages);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/sequential_stages.ipp>
#endif
