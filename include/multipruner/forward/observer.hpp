#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/signal.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Something that looks at activations while the model runs: statistics, activation capture.
///
/// It is called on the thread that runs the layer loop, once per block and signal, with the rows of all sequences of
/// the batch stacked. The memory is valid during the call only.
template <class O>
concept Observer = requires(O& observer, BlockId block, Signal signal, MatrixView<const float> rows) {
  observer(block, signal, rows);
};

/// The observer that sees nothing and costs nothing.
struct NoObserver {
  void operator()(BlockId, Signal, MatrixView<const float>) const {}
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
