// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What a kernel does with what already lies in its result.
enum class Store { overwrite, add };

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
