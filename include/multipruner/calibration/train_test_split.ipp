// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

#include <multipruner/calibration/train_test_split.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/numpy_random.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Index test_rows_for(Index rows, double share) {
  if (rows < 0 || !(share >= 0 && share <= 1)) {
    throw OptionError("train_test_split",
                      std::to_string(share) + " of " + std::to_string(rows) + " rows is not possible",
                      "Give a share from 0 to 1");
  }
  return static_cast<Index>(std::ceil(share * static_cast<double>(rows)));
}

MULTIPRUNER_INLINE TrainTestSplit train_test_split(Index rows, Index test_rows, std::uint64_t seed) {
  if (test_rows < 1 || test_rows >= rows) {
    throw OptionError(
        "train_test_split",
        std::to_string(rows) + " rows cannot be split into " + std::to_string(test_rows) + " and at least one other",
        "Give more rows");
  }
  const std::vector<Index> order = NumpyRandom(seed).permutation(rows);
  return {{order.begin() + test_rows, order.end()}, {order.begin(), order.begin() + test_rows}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
