// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/run/compensation_settings.hpp>
#include <multipruner/run/registry.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A way to make up for what a run removes, in one or both of two places: in the candidates of the search, and in the
/// model that comes out. By default, "none": in neither.
///
/// A method must not depend on the number of threads, nor on `rows_per_pass` and `scratch_folder` of its settings. What
/// `outputs` gives may depend on `local_ridge`, `keep_zeros` and `compute` of them, what `solve` gives also on `bias`
/// and the ridge, and both on nothing else that the name does not tell: costs and trials are known again by these.
struct CompensationMethod {
  std::string name = "none";

  /// Output matrices with which candidates of a search that begins at `start` are compared; empty: they are compared as
  /// they are. Runs once a turn.
  std::function<std::unique_ptr<BlockSource>(const Graph& start, const TokenWindows& windows,
                                             const CompensationSettings& settings, ProgressSink& progress)>
      outputs{};

  /// Solves what a plan leaves, with one of the ridges; empty: it stays. The run tries every ridge, and keeps what is
  /// best on windows held out.
  std::function<CompensatedModel(const ModelView& dense, const ModelView& pruned, const TokenWindows& windows,
                                 double ridge, const CompensationSettings& settings, ProgressSink& progress)>
      solve{};

  /// Throws OptionError where such a model cannot be served; empty: all can.
  std::function<void(const ModelConfig& config, const CompensationSettings& settings)> require_applicable{};

  /// What solving takes besides the weights, for so many tokens; empty: next to nothing.
  std::function<Index(const ModelView& pruned, Index tokens, const CompensationSettings& settings)> bytes{};

  [[nodiscard]] bool is_none() const { return !outputs && !solve; }
};

/// The methods that ship: none, local, stream-matching, local+stream-matching.
[[nodiscard]] Registry<CompensationMethod> shipped_compensation_methods();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/compensation_method.ipp>
#endif
