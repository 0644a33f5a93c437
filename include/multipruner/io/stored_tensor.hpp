// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// A weight as it lies in a file, or as it is to be written: a name, a shape, and a view of its values.
///
/// The view has the first extent as rows and the product of the others as columns; one-dimensional tensors of
/// n values and scalars are 1 × n and 1 × 1. The memory belongs to somebody else.
struct StoredTensor {
  std::string name;
  std::vector<Index> shape;
  WeightView view;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
