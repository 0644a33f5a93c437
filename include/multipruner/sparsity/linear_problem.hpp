// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// One linear layer y = Wx whose weights are to be pruned, with what is known about its inputs. It refers to the
/// matrices, which must live as long; layers with the same inputs (q, k and v; gate and up) share one Gram matrix.
struct LinearProblem {
  std::string name;                  ///< for messages, e.g. the name of the tensor
  MatrixView<const double> weights;  ///< W, out × in
  MatrixView<const double> gram;     ///< G = Σ xxᵀ over all tokens, in × in, symmetric
  Index sequences = 1;               ///< N, which scales the loss: H = 2/N · G
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
