#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// The row numbers of a data set, shuffled and divided in two.
struct TrainTestSplit {
  std::vector<Index> train, test;
};

/// The rows that `test_size=share` puts into the test part: a broken row goes there too.
/// @throws OptionError for rows below 0, or a share that is not from 0 to 1.
[[nodiscard]] inline Index test_rows_for(Index rows, double share) {
  if (rows < 0 || !(share >= 0 && share <= 1)) {
    throw OptionError("train_test_split", std::to_string(share) + " of " + std::to_string(rows) + " rows cannot be",
                      "Give a share from 0 to 1");
  }
  return static_cast<Index>(std::ceil(share * static_cast<double>(rows)));
}

/// Hugging Face `datasets`' `train_test_split(test_size=test_rows, seed=seed)`, row for row: a NumPy
/// permutation whose first `test_rows` entries are the test part and the rest the training part. Source:
/// datasets 2.21.0, arrow_dataset.py. @throws OptionError where a part would be empty, as there.
[[nodiscard]] inline TrainTestSplit train_test_split(Index rows, Index test_rows, std::uint64_t seed) {
  if (test_rows < 1 || test_rows >= rows) {
    throw OptionError(
        "train_test_split",
        std::to_string(rows) + " rows cannot be split into " + std::to_string(test_rows) + " and at least one other",
        "Give more rows");
  }
  const std::vector<Index> order = NumpyRandom(seed).permutation(rows);
  return {{order.begin() + test_rows, order.end()}, {order.begin(), order.begin() + test_rows}};
}

}  // namespace multipruner
