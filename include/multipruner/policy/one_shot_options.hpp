// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/narrowing_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// How the scores of different blocks are made comparable.
enum class ScoreScale : std::uint8_t {
  standard,  ///< to mean 0 and standard deviation 1 along every axis (FLAP's adaptive search, AL-AM)
  mean,      ///< by the mean along the axis
  none       ///< they are compared as they are
};

/// Options of OneShot.
struct OneShotOptions : NarrowingOptions {
  ScoreScale scale = ScoreScale::standard;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
