// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Where a view takes the output matrices of narrowed blocks from, in place of the graph's own columns: weights that
/// make up for the channels that are gone.
class NarrowedOutputs {
 public:
  virtual ~NarrowedOutputs() = default;

  /// The output matrix of an axis of a block, o_proj or down_proj, of which the first `width` channels are left:
  /// stream × width, in the scalar type of the graph's. Always the same for the same axis and width; valid as long as
  /// the object lives.
  [[nodiscard]] virtual WeightView output(BlockAxis axis, Index width) const = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
