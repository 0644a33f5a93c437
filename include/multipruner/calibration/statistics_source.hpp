// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Statistics of activations on demand, for what does not know before whether it needs any.
class StatisticsSource {
 public:
  virtual ~StatisticsSource() = default;

  /// Statistics that have at least what is asked for. They are of use until the next call.
  /// @throws Error as gather_statistics.
  [[nodiscard]] virtual const ModelStatistics& gather(const StatisticsNeeds& needs) = 0;

  /// The windows that they are of, for what takes them itself through a model that changes on the way. Null in a dry
  /// run, where nothing is run and the work is counted.
  /// @param passes  through all blocks of the model that they are wanted for @throws OptionError where there are none.
  [[nodiscard]] virtual const TokenWindows* windows(Index passes) = 0;
};

/// The source where there is nothing to gather from: it refuses. @throws OptionError when it is asked.
[[nodiscard]] StatisticsSource& no_statistics();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/statistics_source.ipp>
#endif
