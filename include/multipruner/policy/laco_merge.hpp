// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What the weights θ of layer l become when the m layers behind it are merged into it.
enum class LaCoMerge : std::uint8_t {
  sum_of_differences,  ///< θ_l + Σ_{j=1..m} (θ_{l+j} − θ_l), equation 1 of the paper (arXiv 2402.11187)
  last_layer,  ///< θ_{l+m}: the released code takes each difference from the sum so far, which leaves the last one
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
