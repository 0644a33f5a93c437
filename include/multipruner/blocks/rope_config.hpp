// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// How rotary frequencies are stretched beyond the length a model was first trained on.
enum class RopeScaling : std::uint8_t { none, linear, llama3 };

[[nodiscard]] constexpr std::string_view name_of(RopeScaling scaling) {
  switch (scaling) {
    case RopeScaling::none:
      return "none";
    case RopeScaling::linear:
      return "linear";
    case RopeScaling::llama3:
      break;
  }
  return "llama3";
}

/// Rotary position embedding, as `rope_theta` and `rope_scaling` of config.json describe it.
struct RopeConfig {
  double theta = 10000.0;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1.0;                         ///< linear, llama3
  double low_freq_factor = 1.0;                ///< llama3
  double high_freq_factor = 4.0;               ///< llama3
  Index original_max_position_embeddings = 0;  ///< llama3

  friend bool operator==(const RopeConfig&, const RopeConfig&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
