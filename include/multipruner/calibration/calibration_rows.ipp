// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>

#include <multipruner/calibration/calibration_rows.hpp>
#include <multipruner/calibration/sampling.hpp>
#include <multipruner/calibration/train_test_split.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/core/sizes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline std::vector<Index> numbers_up_to(Index count) {
  std::vector<Index> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return numbers;
}

/// The rows that samples are drawn from. `reference`: a fifth of the data set is split off, and one half of
/// that.
inline std::vector<Index> sampling_pool(Index rows, Sampling sampling, std::uint64_t seed) {
  if (sampling != Sampling::reference) return numbers_up_to(rows);
  if (rows < 6) {
    throw OptionError("sampling", "the reference's splits leave none of " + std::to_string(rows) + " rows",
                      "Give 6 rows or more, or sample at random");
  }
  const std::vector<Index> fifth = train_test_split(rows, test_rows_for(rows, 0.2), seed).test;
  const auto size = static_cast<Index>(fifth.size());
  std::vector<Index> pool;
  for (const Index position : train_test_split(size, test_rows_for(size, 0.5), seed).train) {
    pool.push_back(fifth[static_cast<std::size_t>(position)]);
  }
  return pool;
}

inline void check_samples(std::optional<Index> samples) {
  if (samples.value_or(1) < 1) {
    throw OptionError("samples", std::to_string(*samples) + " rows are not a sample", "Ask for 1 or more");
  }
}

inline std::vector<Index> draw(const std::vector<Index>& pool, std::optional<Index> samples, Index otherwise,
                               PythonRandom& random) {
  const auto size = static_cast<Index>(pool.size());
  if (samples.value_or(0) > size) {
    throw OptionError("samples", std::to_string(*samples) + " rows are to be drawn from " + std::to_string(size),
                      "Ask for " + std::to_string(size) + " or fewer, or give more rows");
  }
  std::vector<Index> drawn = random.sample(size, samples.value_or(std::min(size, otherwise)));
  for (Index& row : drawn) row = pool[static_cast<std::size_t>(row)];
  return drawn;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE CalibrationRows choose_rows(Index rows, bool running_text, const CalibrationOptions& options) {
  constexpr Index usual_block = 256;
  constexpr Index usual_width = 128;
  (void)sum_of_sizes("rows of a data set", rows, 0);
  detail::check_samples(options.samples_block);
  detail::check_samples(options.samples_width);
  CalibrationRows chosen;
  if (options.sampling == Sampling::first) {
    const auto front = [&](std::optional<Index> samples, Index usual) {
      return detail::numbers_up_to(std::min(rows, samples.value_or(running_text ? rows : usual)));
    };
    chosen.block = front(options.samples_block, usual_block);
    chosen.width = front(options.samples_width, usual_width);
  } else {
    const std::vector<Index> pool = detail::sampling_pool(rows, options.sampling, options.seed);
    PythonRandom random(options.seed);
    chosen.width = detail::draw(pool, options.samples_width, usual_width, random);
    chosen.block = detail::draw(pool, options.samples_block, usual_block, random);
  }
  return chosen;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
