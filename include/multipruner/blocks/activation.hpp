// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// What the gate of a gated MLP goes through.
enum class Activation : std::uint8_t {
  silu,
  gelu,       ///< z · Φ(z)
  gelu_tanh,  ///< its approximation with tanh
};

[[nodiscard]] constexpr std::string_view name_of(Activation activation) {
  switch (activation) {
    case Activation::silu:
      return "silu";
    case Activation::gelu:
      return "gelu";
    case Activation::gelu_tanh:
      break;
  }
  return "gelu_tanh";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
