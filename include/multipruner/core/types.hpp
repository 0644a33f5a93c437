// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Signed type of every count, size and position. Signed, so that differences are safe to write.
using Index = std::ptrdiff_t;

/// A token of a model's vocabulary, 0-based.
using TokenId = std::int32_t;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
