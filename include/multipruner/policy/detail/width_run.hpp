// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>
#include <multipruner/policy/detail/width_genes.hpp>
#include <multipruner/policy/detail/width_table.hpp>
#include <multipruner/policy/narrowing_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A genome that was measured.
struct MeasuredWidths {
  Genome genome{};
  double cost = 0;
  double ratio = 0;
};

/// The run of a policy that removes whole blocks for a share of its target, and then chooses the widths of all blocks
/// that are left at once: all of it but how that choice is searched.
class WidthRun {
 public:
  /// @param depth_share  of the target, that whole blocks are removed for
  /// @throws OptionError for a ratio, share, group or block to keep that cannot work for this model; DataError for
  /// samples that there are not
  WidthRun(const RunContext& context, NarrowingOptions options, double depth_share);
  WidthRun(const WidthRun&) = delete;
  WidthRun& operator=(const WidthRun&) = delete;

  /// That of whole blocks, where the share is not 0.
  [[nodiscard]] const std::vector<StageInModel>& depth_stages() const { return depth_; }

  /// What remains after the steps that were taken.
  [[nodiscard]] const Plan& plan() const { return steps_.plan(); }

  [[nodiscard]] SearchProblem depth_problem(const StageInModel& stage);
  void take_blocks(SearchResult found) { steps_.take(std::move(found)); }

  /// The blocks that are left are those whose widths are searched.
  void begin_widths();

  // What follows is of use from then on.

  /// Whether there is anything to search: the target is not reached, and the blocks that are left can be narrowed until
  /// it is.
  [[nodiscard]] bool is_open() const { return begun_ < options_.ratio && can_reach_target(); }

  [[nodiscard]] const WidthGenes& genes() const { return *genes_; }

  /// The ratio from which widths are searched.
  [[nodiscard]] double begun() const { return begun_; }

  /// The ratios that are on target.
  [[nodiscard]] const RatioBand& band() const { return band_; }

  /// Counts a ratio above the target as on target, too.
  void widen_band_to(double ratio);

  /// Parameters that are to go until a ratio is reached, rounded up.
  [[nodiscard]] Index parameters_to(double ratio) const;

  /// Costs of genomes on the width set, of which each is measured once.
  /// @param work  that each of them is, of what is expected
  [[nodiscard]] std::vector<double> costs_of(std::span<const Genome> genomes, double work = 1);

  /// Estimates of them on a share of the windows, to be compared with each other alone.
  [[nodiscard]] std::vector<double> estimates_of(std::span<const Genome> genomes, double share);

  /// What the levels of all genes cost, measured on those of a table.
  [[nodiscard]] std::vector<std::vector<WidthLevel>> levels_of(const WidthTable& table);

  /// A problem of plans on the width set, without a target and without estimates.
  [[nodiscard]] SearchProblem problem();

  /// All genomes that were measured, in that order.
  [[nodiscard]] std::span<const MeasuredWidths> measured() const { return measured_; }

  /// What people are told is under way.
  void begin(std::string what) { under_way_ = std::move(what); }

  /// So many plans, or as much work, are expected to be measured for widths.
  void expect(double plans) { expected_ = plans; }

  /// So many of them are measured. `costs_of` counts on by itself.
  void report(double finished);

  /// Adds to these.
  void report_more(double plans) { report(finished_ + plans); }

  /// Goes to the best genome that was measured, in one step of that name; without measured ones to where the blocks
  /// led, or, where the target is beyond all widths, to the narrowest. To be called once, at the end.
  [[nodiscard]] PruningResult finish(const std::string& stage);

 private:
  [[nodiscard]] double ratio_of(const Plan& plan) const;
  [[nodiscard]] bool can_reach_target() const;

  /// The genome to go to, or nothing where none works: of those on target the cheapest, or else the nearest above it.
  [[nodiscard]] std::optional<MeasuredWidths> choose();

  /// Where no genome that reaches the target works: what a greedy search finds that begins at the one nearest below it.
  [[nodiscard]] std::optional<MeasuredWidths> narrowed_to_target();

  /// Goes to a genome, in one step; to none, where none works, with that outcome.
  void go_to(const std::optional<MeasuredWidths>& chosen, const std::string& stage, SearchOutcome outcome);

  void note_batch(const BatchState& batch);

  const RunContext& context_;
  NarrowingOptions options_;
  std::vector<StageInModel> depth_{};
  StagedRun steps_;
  double start_;  ///< ratio before the first step
  std::optional<WidthGenes> genes_{};
  RatioBand band_{};
  std::vector<MeasuredWidths> measured_{};
  std::map<Genome, std::size_t> places_{};  ///< among those
  std::string under_way_{};
  double begun_ = 0;
  double expected_ = 1;  ///< plans
  double finished_ = 0;  ///< of these
};

/// What the options of such a policy say of narrowing.
template <class Options>
[[nodiscard]] NarrowingOptions narrowing_in(const Options& options) {
  return {options.ratio, options.mlp_group, options.attention_group, options.keep, options.alike, options.heads};
}

/// A stage that narrows blocks as options say, up to a ratio, in a model.
/// @throws OptionError for a group that cannot work, or blocks that there are not
[[nodiscard]] StageInModel stage_of_axes(const ModelConfig& config, std::vector<StageSelector> removes, double until,
                                         const ProtectedBlocks& keep);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/width_run.ipp>
#endif
