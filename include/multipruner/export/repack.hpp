// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// A layer as formats have it that know layers alone: attention, and an MLP behind it. It says which blocks of the
/// model are in it; what is missing adds nothing to the stream.
struct PackedLayer {
  std::optional<BlockId> attention{};
  std::optional<BlockId> mlp{};

  friend bool operator==(const PackedLayer&, const PackedLayer&) = default;
};

/// What a plan leaves, as the fewest layers that keep the order of the blocks: attention and the MLP behind it share
/// a layer, also where they are of different layers of the model; no layer is empty. Nothing where the plan leaves
/// nothing.
/// @throws OptionError naming the first block that is neither Attention nor a GatedMlp.
[[nodiscard]] std::vector<PackedLayer> repack(const Plan& plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/repack.ipp>
#endif
