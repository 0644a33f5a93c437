// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// How rotary frequencies are stretched beyond the length a model was first trained on.
enum class RopeScaling : std::uint8_t { none, linear, llama3, yarn, longrope };

[[nodiscard]] constexpr std::string_view name_of(RopeScaling scaling) {
  switch (scaling) {
    case RopeScaling::none:
      return "none";
    case RopeScaling::linear:
      return "linear";
    case RopeScaling::llama3:
      return "llama3";
    case RopeScaling::yarn:
      return "yarn";
    case RopeScaling::longrope:
      break;
  }
  return "longrope";
}

/// Rotary position embedding, as `rope_theta` and `rope_scaling` of config.json describe it.
struct RopeConfig {
  double theta = 10000.0;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1.0;                         ///< linear, llama3, yarn
  double low_freq_factor = 1.0;                ///< llama3
  double high_freq_factor = 4.0;               ///< llama3
  Index original_max_position_embeddings = 0;  ///< llama3, yarn
  double beta_fast = 32;                       ///< yarn: channels that turn more often than this stay
  double beta_slow = 1;                        ///< yarn: those that turn less often are stretched
  bool truncate = true;                        ///< yarn: whether these bounds are whole channels
  double attention_factor = 1;                 ///< multiplies cosines and sines; yarn, longrope
  std::vector<double> factors{};               ///< longrope: one for every frequency

  friend bool operator==(const RopeConfig&, const RopeConfig&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
