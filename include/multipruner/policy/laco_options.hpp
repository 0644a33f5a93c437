// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/policy/laco_merge.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// How LaCo merges; the paper's letters in brackets. Layers are counted from 0, without those that are gone already.
struct LaCoOptions {
  Index layers_per_merge = 4;            ///< as many layers become one, fewer at the end of the model [C]; 2 or more
  Index lowest_layer = 1;                ///< no merge begins below it [L]
  std::optional<Index> highest_layer{};  ///< the first merge is of the layers right below it [H]; nothing: the last one
  Index interval = 2;                    ///< layers from a merge down to the next one that is tried [I]; 1 or more
  /// A merge stays if the model is more similar than this to the unmerged one, from −1 to below 1 [T]. Nothing: the
  /// highest with which `ratio` is reached.
  std::optional<double> threshold{};
  double ratio = 20;  ///< target without a threshold, percent of the whole model's parameters; it ends at or beyond it
  LaCoMerge merge = LaCoMerge::sum_of_differences;
  ProtectedBlocks keep{};                          ///< blocks whose layers are neither merged nor merged into
  simd::Compute compute = simd::Compute::float32;  ///< of the passes that compare models
  Index rows_per_pass = 4096;  ///< tokens that go through the model together; bounds memory, changes no bit
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
