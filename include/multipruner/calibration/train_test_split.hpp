// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The row numbers of a data set, shuffled and divided in two.
struct TrainTestSplit {
  std::vector<Index> train, test;
};

/// The rows that `test_size=share` puts into the test part: a broken row goes there too.
/// @throws OptionError for rows below 0, or a share that is not from 0 to 1.
[[nodiscard]] Index test_rows_for(Index rows, double share);

/// Hugging Face `datasets`' `train_test_split(test_size=test_rows, seed=seed)`, row for row: a NumPy
/// permutation whose first `test_rows` entries are the test part and the rest the training part. Source:
/// datasets 2.21.0, arrow_dataset.py. @throws OptionError where a part would be empty, as there.
[[nodiscard]] TrainTestSplit train_test_split(Index rows, Index test_rows, std::uint64_t seed);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/train_test_split.ipp>
#endif
