// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A weight as it lies in a file, or as it is to be written: a name, a shape, and a view of its values.
///
/// The view has the first extent as rows and the product of the others as columns; one-dimensional tensors of
/// n values and scalars are 1 × n and 1 × 1. The memory belongs to somebody else.
///
/// A tensor that is to be written may be in several pieces, one behind the other along its first extent, as fused
/// projections are; its view is then the first of them. Where they are transposed on the way, they lie one behind the
/// other along the last of two extents.
struct StoredTensor {
  std::string name;
  std::vector<Index> shape;
  WeightView view;
  std::vector<WeightView> more{};  ///< further pieces, of the same scalar type; only for writing
  bool transposed = false;         ///< each piece is written with its columns as rows; only for writing
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
