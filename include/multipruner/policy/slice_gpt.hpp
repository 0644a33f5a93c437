// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/slice_gpt_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// SliceGPT (arXiv 2401.15024): makes the residual stream narrower. Between any two blocks the stream is turned to its
/// principal axes over the calibration windows, of which the first d' are kept, and weights are turned with it; a
/// matrix Q_outᵀ Q_in around every block (its shortcut) takes the stream from one set of axes to the next. Blocks are
/// done one after the other, each on what comes out of those before it, which are sliced already. Nothing is trained.
///
/// Gains of norms go into the linears that read them, and the stream is kept scaled by √(d'/d): an RMSNorm over d'
/// channels then divides by what it would have divided by with zeros in the channels that are gone, its epsilon
/// included (docs/decisions/0038). The last block writes all d channels in the model's own order, so that its last norm
/// and its head stay as they are, but a tied head becomes one of its own. Without slicing the model computes what it
/// did.
///
/// The result has the sliced model as its graph. For models of Attention and GatedMlp blocks, dense or pruned by depth
/// and width; the blocks that they lack stay gone.
///
/// Memory: two streams of all windows, and some matrices of d² doubles besides the new weights. Time: one pass over the
/// windows, and for every block an eigenvalue problem, some 10 · d³ operations of one thread, and 2 · d · d' operations
/// a weight row. The same bits for every number of threads and every `rows_per_pass`.
class SliceGpt {
 public:
  using Options = SliceGptOptions;

  explicit SliceGpt(Options options) : options_(std::move(options)) {}

  /// A ratio that even the narrowest stream does not reach is an outcome, `no_candidate`; nothing is measured.
  /// @throws OptionError for options that cannot work, and where there are no windows; UnsupportedError for blocks of
  /// other kinds or with other norms and streams that are sliced already, both before anything is run; DataError where
  /// activations, or weights in their scalar type, are not finite.
  [[nodiscard]] PruningResult run(const RunContext& context) const;

 private:
  Options options_;
};

static_assert(PruningPolicy<SliceGpt>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/slice_gpt.ipp>
#endif
