// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Options of Allocation.
struct AllocationOptions {
  double ratio = 20;       ///< target, percent of the whole model's parameters
  double depth_share = 0;  ///< of the target, that whole blocks are removed for; from 0 to below 1

  /// Widths at which every block is measured alone, besides its own: evenly spread, in groups, down to the narrowest.
  Index levels = 6;

  /// What level switches measure at most, in plans that are measured on all windows: one that is measured on a share of
  /// them counts as that share. The table of single blocks and the plans to begin with come on top.
  Index evaluations = 400;
  Index step = 4;        ///< groups that a switch gives back at first; halved again and again, down to 1
  Index offspring = 32;  ///< plans of a round, each one switch away from the best one so far
  /// The share of the windows on which they are compared first, above 0; 1: all of them are measured on all windows.
  double screen = 0.25;
  /// Of a round, measured on all windows then: those that look cheaper than the best plan so far, or the one that comes
  /// nearest to that.
  Index finalists = 4;
  Index rounds = 3;  ///< without a better plan, after which the step is halved, and the search ends where it is 1

  std::optional<Index> mlp_group{};        ///< MLP channels removed together; by default `default_group`
  std::optional<Index> attention_group{};  ///< query channels removed together; by default `default_group`
  ProtectedBlocks keep{};                  ///< blocks that stay as they are
  bool alike = false;  ///< whole layers go, and all become narrower at once: they have the same sizes where they had
  bool heads = true;   ///< attention becomes narrower, too
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
