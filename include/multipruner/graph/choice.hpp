// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The most axes of units that a kind of block may have.
inline constexpr std::size_t most_axes = 2;

/// A direction in which blocks of a kind can become narrower.
struct AxisInfo {
  std::string_view name;      ///< of what it counts, for people and for stages of a search: "MLP channels"
  std::string_view file_key;  ///< in pruning_config.json: "mlp", for pruned_mlp_width
  bool is_switch = false;     ///< something that is there or not, e.g. a scan; a block does not go with it
};

/// How wide a block is along an axis, and what can only go together.
struct AxisSize {
  Index width = 0;  ///< channels
  Index unit = 1;   ///< channels that go together; divides the width

  friend constexpr bool operator==(AxisSize, AxisSize) = default;
};

/// How many channels of each axis a block keeps, always the first ones. A block is gone where it keeps none along all
/// of its axes that are no switch.
struct Choice {
  std::array<Index, most_axes> widths{};

  [[nodiscard]] constexpr Index operator[](std::size_t axis) const { return widths[axis]; }
  [[nodiscard]] constexpr Index& operator[](std::size_t axis) { return widths[axis]; }

  /// Whether it keeps at most as much as another one, along every axis.
  [[nodiscard]] constexpr bool within(const Choice& other) const {
    for (std::size_t axis = 0; axis < most_axes; ++axis) {
      if (widths[axis] > other[axis]) return false;
    }
    return true;
  }

  friend constexpr bool operator==(const Choice&, const Choice&) = default;
  friend constexpr auto operator<=>(const Choice&, const Choice&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
