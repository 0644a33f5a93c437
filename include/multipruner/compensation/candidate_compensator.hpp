// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>

#include <multipruner/compensation/compensator.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/block_source.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// A Compensator that already has a say in the search: candidates are compared with the output matrices that it gives
/// to narrowed blocks. They are made once from the dense model and the calibration windows, before anything is removed.
///
/// `compensate` is then given a view that has these outputs.
template <class C>
concept CandidateCompensator = Compensator<C> &&
    requires(const C& compensator, const Graph& dense, const TokenWindows& windows, ProgressSink& progress) {
  { compensator.outputs(dense, windows, progress) } -> std::convertible_to<std::unique_ptr<BlockSource>>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
