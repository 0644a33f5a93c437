// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Something that looks at activations while the model runs: statistics, activation capture.
///
/// It is called on the thread that runs the layer loop, once per block and signal, with the rows of all sequences of
/// the batch stacked. The memory is valid during the call only.
template <class O>
concept Observer = requires(O& observer, BlockId block, Signal signal, MatrixView<const float> rows) {
  observer(block, signal, rows);
};

/// Any observer, without its type; nobody by default. For parameters: the observer must outlive it.
class ObserverRef {
 public:
  ObserverRef() = default;

  template <class O>
  requires(!std::same_as<std::remove_cvref_t<O>, ObserverRef>) ObserverRef(O&& observer)
      : observer_(const_cast<void*>(static_cast<const void*>(std::addressof(observer)))),
        call_(caller<std::remove_reference_t<O>>()) {}

  void operator()(BlockId block, Signal signal, MatrixView<const float> rows) const {
    if (call_ != nullptr) call_(observer_, block, signal, rows);
  }

 private:
  using Call = void (*)(void*, BlockId, Signal, MatrixView<const float>);

  template <class O>
  static constexpr Call caller() {
    static_assert(Observer<O>,
                  "the observer must be an Observer: callable with (BlockId, Signal, MatrixView<const float>)");
    if constexpr (Observer<O>) {
      return [](void* self, BlockId block, Signal signal, MatrixView<const float> rows) {
        (*static_cast<O*>(self))(block, signal, rows);
      };
    }
    return nullptr;
  }

  void* observer_ = nullptr;
  Call call_ = nullptr;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
