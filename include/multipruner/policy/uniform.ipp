// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/uniform.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// When a group of an axis is to go: the share of the axis that is gone halfway through it, moved by less than half a
/// group, by another amount in every block, so that blocks of a kind do not come in the order of the stream.
[[nodiscard]] inline double place_in_uniform_order(const Narrowing& narrowing, const Plan& before) {
  const auto& [axis, from, to] = narrowing;
  const double turn = static_cast<double>(axis.block.position + 1) * std::numbers::phi;
  const double within = turn - std::floor(turn);  // evenly spread however many blocks there are (Weyl)
  const auto full = static_cast<double>(before.blocks()[axis.block].axis(axis.axis).width);
  const double at = static_cast<double>(to) + within * static_cast<double>(from - to);
  return (full - at) / full;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE PruningResult Uniform::run(const RunContext& context) const {
  return detail::narrow_by(context, options_, detail::place_in_uniform_order);
}

MULTIPRUNER_INLINE Uniform Uniform::until(double ratio) const {
  Options options = options_;
  options.ratio = std::min(options.ratio, ratio);
  return Uniform(std::move(options));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
