// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/one_shot_options.hpp>
#include <multipruner/policy/staged_policy.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// OneShot by what the units of a run are ordered by.
class OrderedOneShot {
 public:
  struct Options {
    OneShotOptions one_shot{};
    UnitOrdering ordering{};
    std::uint64_t seed = 42;  ///< of the ordering
  };

  /// @throws OptionError for an ordering without scores
  explicit OrderedOneShot(Options options);

  [[nodiscard]] PruningResult run(const RunContext& context) const;
  [[nodiscard]] double target() const { return options_.one_shot.ratio; }
  [[nodiscard]] OrderedOneShot until(double ratio) const;

 private:
  Options options_;
};

static_assert(StagedPolicy<OrderedOneShot>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/ordered_one_shot.ipp>
#endif
