// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/blocks/alibi_slopes.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE std::vector<float> alibi_slopes(Index heads) {
  if (heads < 0) throw OptionError("ALiBi", "there are " + std::to_string(heads) + " heads", "Give 0 or more");
  Index power = 1;
  while (2 * power <= heads) power *= 2;
  std::vector<float> slopes;
  const auto add = [&](Index i, Index of) {
    slopes.push_back(static_cast<float>(std::exp2(-8.0 * static_cast<double>(i) / static_cast<double>(of))));
  };
  for (Index head = 0; head < std::min(power, heads); ++head) add(1 + head, power);
  for (Index head = power; head < heads; ++head) add(1 + 2 * (head - power), 2 * power);
  return slopes;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
