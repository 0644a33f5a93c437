// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/compensation/candidate_compensator.hpp>
#include <multipruner/compensation/local_outputs.hpp>
#include <multipruner/compensation/masked_outputs.hpp>
#include <multipruner/compensation/no_compensation.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// How LocalCompensation solves.
struct LocalCompensationOptions {
  /// λ / mean(diag G): how much a change of a weight costs against an error of the output.
  double ridge = 0.01;
  /// Weights that are masked in the given model stay zero, see MaskedOutputs.
  bool keep_zeros = false;
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;  ///< tokens that go through a block together; bounds memory, changes no bit
};

/// Each narrowed block makes up for its own channels, inside the search: candidates are compared with output matrices
/// that are least-squares solutions against the dense model's activations (see LocalOutputs). What a removed block did
/// is not made up for.
///
/// Memory: a matrix of channels² doubles for every block, twice as much while they are made, and the matrices of all
/// widths that were asked for.
///
/// @tparam AfterSearch  what else is done at the end, given the view with these outputs, e.g. StreamMatching.
template <Compensator AfterSearch = NoCompensation>
class LocalCompensation {
 public:
  static constexpr std::string_view name = "local";

  explicit LocalCompensation(LocalCompensationOptions options = {}, AfterSearch after_search = AfterSearch())
      : options_(options), after_search_(std::move(after_search)) {}

  /// @throws OptionError where what is done at the end is not for such a model.
  void require_applicable(const ModelConfig& config) const { multipruner::require_applicable(after_search_, config); }

  /// @throws DataError where there are no windows or activations are not finite, OptionError for a ridge below 0.
  [[nodiscard]] std::unique_ptr<BlockSource> outputs(const Graph& dense, const TokenWindows& windows,
                                                     ProgressSink& progress = silent_progress()) const {
    Workspace workspace(options_.compute);
    StatisticsOptions how{.rows_per_pass = options_.rows_per_pass};
    how.origin.emplace().windows =
        fingerprint_of(windows).text();  // no more is asked for, and finding it out takes long
    const ModelStatistics statistics =
        gather_statistics(ModelView(dense), windows, LocalOutputs::needs, workspace, how, progress);
    if (options_.keep_zeros) return std::make_unique<MaskedOutputs>(dense, statistics, options_.ridge);
    return std::make_unique<LocalOutputs>(dense, statistics, options_.ridge);
  }

  /// A view without outputs is given those of the graph that it prunes.
  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows,
                                            ProgressSink& progress = silent_progress()) const {
    if (pruned.source() != nullptr) return after_search_.compensate(dense, pruned, windows, progress);
    const std::unique_ptr<BlockSource> made = outputs(pruned.graph(), windows, progress);
    return after_search_.compensate(dense, {pruned.graph(), pruned.plan(), made.get()}, windows, progress);
  }

 private:
  LocalCompensationOptions options_;
  [[no_unique_address]] AfterSearch after_search_;
};

static_assert(CandidateCompensator<LocalCompensation<>>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
