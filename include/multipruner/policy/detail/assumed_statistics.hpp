// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/calibration/statistics_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/assumed_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Statistics of a dry run: nothing is run, signals are zero, and a block changes the stream the more, the dearer its
/// removal is taken to be. Counts the passes through the model that gathering would take. Gram matrices take the
/// memory that they take in the run.
class AssumedStatistics final : public StatisticsSource {
 public:
  /// @param costs  must outlive it
  explicit AssumedStatistics(const AssumedCosts& costs) : costs_(costs) {}

  [[nodiscard]] MULTIPRUNER_INLINE const ModelStatistics& gather(const StatisticsNeeds& needs) override;

  [[nodiscard]] MULTIPRUNER_INLINE const TokenWindows* windows(Index passes) override;

  [[nodiscard]] Index passes() const { return passes_; }

 private:
  const AssumedCosts& costs_;
  std::optional<ModelStatistics> statistics_;
  StatisticsNeeds known_;
  Index passes_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/assumed_statistics.ipp>
#endif
