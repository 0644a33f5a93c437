// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Options of policies that narrow MLP and attention blocks, all at once and without measuring plans: Uniform, OneShot.
struct NarrowingOptions {
  double ratio = 20;                       ///< target, percent of the whole model's parameters
  std::optional<Index> mlp_group{};        ///< MLP channels removed together; by default `default_group`
  std::optional<Index> attention_group{};  ///< query channels removed together; by default `default_group`
  ProtectedBlocks keep{};                  ///< blocks that stay as they are
  bool alike = false;  ///< all layers become narrower at once, so that they have the same sizes where they had
  bool heads = true;   ///< attention becomes narrower, too
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
