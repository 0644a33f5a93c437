// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/laco_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// LaCo, Layer Collapse (arXiv 2402.11187): goes down through a model and merges layers with those behind them where
/// the model stays similar to the unmerged one. It makes a new model (`PruningResult::graph`): matrices and biases of a
/// merged layer are as LaCoMerge says, its norms stay, and the layers merged into it are gone.
///
/// Similar is what the head reads: for every window the cosine between the hidden states of all its tokens behind the
/// last norm, taken as one vector, and those of the unmerged model; the mean over windows. As in the released code,
/// which has sentences in place of windows.
///
/// Without a threshold, a threshold is sought by bisection, to a thousandth, that reaches a ratio; models that were
/// compared once are not compared again. A model is then merged no further than to the ratio, which the last merge may
/// reach with fewer layers than the others. That is ours; the paper gives thresholds.
///
/// No plan is measured: the costs of its steps, one a merge, are NaN. About one pass over the windows for every layer
/// with a threshold, and up to ten times as many without. Memory: the hidden states of all tokens of the windows, in
/// float32, and copies of the merged layers, of up to three models at a time.
class LaCo {
 public:
  using Options = LaCoOptions;

  explicit LaCo(Options options) : options_(std::move(options)) {}

  /// Where too little can be merged, or nothing is similar enough, the result says so.
  /// @throws OptionError for options that cannot be, or that leave nothing to merge, a block to keep that is not there,
  /// layers that are not alike, naming a block, and where the context has no windows; DataError for windows that do not
  /// fit the model; UnsupportedError for a block that norms what it adds. All before anything is merged.
  [[nodiscard]] PruningResult run(const RunContext& context) const;

 private:
  Options options_;
};

static_assert(PruningPolicy<LaCo>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/laco.ipp>
#endif
