// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <multipruner/core/fingerprint.hpp>
#include <multipruner/search/detail/known_costs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE KnownCosts::KnownCosts(std::string samples, const BlockSource* source, CostMemory* memory)
    : samples_(std::move(samples)), memory_(memory) {
  if (source != nullptr) source_ = Fingerprint().add(source->identity()).value();
}

MULTIPRUNER_INLINE bool KnownCosts::knows(Node node, const Plan& plan, const WindowParts& parts, Index part) {
  Entry& entry = at(node, parts);
  char& known = entry.parts[static_cast<std::size_t>(part)];
  if (known == 0 && memory_ != nullptr) {
    known = memory_->find(key(plan, parts, part), parts.slice(entry.costs, part)) ? 1 : 0;
  }
  return known != 0;
}

MULTIPRUNER_INLINE void KnownCosts::add(Node node, const Plan& plan, const WindowParts& parts, Index part,
                                        std::span<const double> costs) {
  Entry& entry = at(node, parts);
  std::ranges::copy(costs, parts.slice(entry.costs, part).begin());
  entry.parts[static_cast<std::size_t>(part)] = 1;
  if (memory_ != nullptr) memory_->add(key(plan, parts, part), costs);
}

MULTIPRUNER_INLINE KnownCosts::Entry& KnownCosts::at(Node node, const WindowParts& parts) {
  Entry& entry = entries_[node];
  entry.costs.resize(static_cast<std::size_t>(parts.windows()));
  entry.parts.resize(static_cast<std::size_t>(parts.count()));
  return entry;
}

MULTIPRUNER_INLINE CostKey KnownCosts::key(const Plan& plan, const WindowParts& parts, Index part) const {
  return {.samples = samples_, .plan = &plan, .first_window = parts.range(part).first, .source = source_};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
