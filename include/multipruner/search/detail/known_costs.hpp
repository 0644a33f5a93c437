// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/detail/prefix_tree.hpp>
#include <multipruner/search/detail/window_parts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What plans are known to cost on the windows of one set, part by part: measured here, or remembered from before.
class KnownCosts {
 public:
  using Node = PrefixTree::Node;

  KnownCosts() = default;

  /// @param samples  the name of the set
  /// @param source  of narrowed blocks, or null @param memory or null
  KnownCosts(std::string samples, const BlockSource* source, CostMemory* memory);

  /// Whether the costs of a plan on a part are known.
  /// @param node the plan's in the tree
  [[nodiscard]] bool knows(Node node, const Plan& plan, const WindowParts& parts, Index part);

  void add(Node node, const Plan& plan, const WindowParts& parts, Index part, std::span<const double> costs);

  /// Costs of all windows in the order of the parts; those of parts that are not known mean nothing.
  [[nodiscard]] std::vector<double>& of(Node node) { return entries_.at(node).costs; }

 private:
  struct Entry {
    std::vector<double> costs;
    std::vector<char> parts;  ///< which are known
  };

  Entry& at(Node node, const WindowParts& parts);

  [[nodiscard]] CostKey key(const Plan& plan, const WindowParts& parts, Index part) const;

  std::string samples_;
  std::uint64_t source_ = 0;
  CostMemory* memory_ = nullptr;
  std::map<Node, Entry> entries_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/known_costs.ipp>
#endif
