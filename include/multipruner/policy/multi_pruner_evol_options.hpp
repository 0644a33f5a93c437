// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Options of MultiPrunerEvol. The paper gives no settings; those of the search are NSGA-II's usual ones.
struct MultiPrunerEvolOptions {
  double ratio = 20;         ///< target, percent of the whole model's parameters
  double depth_share = 0.5;  ///< of the target, that whole blocks are removed for; from 0 to below 1

  /// Plans that the evolution measures at most, its first population included; what makes that one comes on top. 400
  /// are for a quick run, 2000 for a thorough one.
  Index evaluations = 400;
  Index population = 50;  ///< plans that survive a generation, and that it adds; from 2 on
  double crossover_probability = 0.9;
  double eta_crossover = 15;
  double eta_mutation = 20;
  double mutation_probability = 1;  ///< that the child of two plans is mutated at all (`NsgaIIOptions`)

  std::optional<Index> mlp_group{};        ///< MLP channels removed together; by default `default_group`
  std::optional<Index> attention_group{};  ///< query channels removed together; by default `default_group`
  ProtectedBlocks keep{};                  ///< blocks that stay as they are
  bool alike = false;  ///< whole layers go, and all become narrower at once: they have the same sizes where they had
  bool heads = true;   ///< attention becomes narrower, too

  /// Moves every plan to the target before it is measured, and then minimises the cost alone: the whole budget is for
  /// plans of that size, and the front has no others but those that were measured before.
  bool in_band = false;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
