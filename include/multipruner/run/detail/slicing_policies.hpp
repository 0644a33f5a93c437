// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// `SliceGpt`, which narrows the residual stream.
[[nodiscard]] PolicyMethod slice_gpt_method();

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/slicing_policies.ipp>
#endif
