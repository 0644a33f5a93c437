// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/choice.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// For every block, by position, and for each of its axes the order of its units (MLP channels, key/value groups):
/// entry i is the old place of the unit that comes to place i. Empty for absent blocks.
using UnitOrder = std::vector<std::array<std::vector<Index>, most_axes>>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

namespace multipruner::inline MULTIPRUNER_ABI::detail {

constexpr std::array<Index, most_axes> ones() {
  std::array<Index, most_axes> ones{};
  ones.fill(1);
  return ones;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// How many neighbouring units move together along each axis of a block; 1: each moves alone.
struct UnitGroup {
  std::array<Index, most_axes> by_axis = detail::ones();

  UnitGroup() = default;
  UnitGroup(Index first_axis) { by_axis[0] = first_axis; }

  [[nodiscard]] Index operator[](std::size_t axis) const { return by_axis[axis]; }
  [[nodiscard]] Index& operator[](std::size_t axis) { return by_axis[axis]; }

  friend bool operator==(const UnitGroup&, const UnitGroup&) = default;
};

/// The same for every block, by position.
using UnitGroups = std::vector<UnitGroup>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
