// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/fingerprint.hpp>
#include <multipruner/search/random_walk.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE std::uint64_t RandomWalk::fingerprint_of(const Plan& plan) {
  Fingerprint fingerprint;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const Choice& choice = plan.choice({position});
    fingerprint.add(choice.widths.data(), static_cast<Index>(sizeof choice.widths));
  }
  return fingerprint.value();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
