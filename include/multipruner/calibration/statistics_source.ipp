// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/statistics_source.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

class NoStatistics final : public StatisticsSource {
 public:
  [[nodiscard]] const ModelStatistics& gather(const StatisticsNeeds&) override {
    throw OptionError("statistics", "there is nothing to gather them from",
                      "Give a source, e.g. GatheredStatistics on the calibration windows");
  }

  [[nodiscard]] const TokenWindows* windows(Index) override {
    throw OptionError("statistics", "there are no calibration windows",
                      "Give a source, e.g. GatheredStatistics on the calibration windows");
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE StatisticsSource& no_statistics() {
  static detail::NoStatistics none;
  return none;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
