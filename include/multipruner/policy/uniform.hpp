// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/narrowing_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/staged_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Takes the same share of the channels of every MLP and of the heads of every attention block: what a search of widths
/// has to beat. Blocks lose their last units, so these should have been ordered by importance before (`reorder`).
///
/// Groups go one by one, so that the ratio is passed by one of them at most: blocks that have lost one more than others
/// are spread evenly over the model.
class Uniform {
 public:
  using Options = NarrowingOptions;

  explicit Uniform(Options options) : options_(std::move(options)) {}

  /// @throws OptionError for a ratio, a group or a block to keep that cannot work
  [[nodiscard]] PruningResult run(const RunContext& context) const;

  [[nodiscard]] double target() const { return options_.ratio; }

  /// The same policy, which stops at a smaller ratio.
  [[nodiscard]] Uniform until(double ratio) const;

 private:
  Options options_;
};

static_assert(StagedPolicy<Uniform>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/uniform.ipp>
#endif
