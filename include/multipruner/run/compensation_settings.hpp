// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// How methods of compensation are put to work in a run.
struct CompensationSettings {
  std::vector<double> ridges{0.1, 0.3, 1};  ///< that what is solved after the search has to choose from
  double local_ridge = 0.01;                ///< of the outputs that candidates are compared with
  bool bias = false;                        ///< biases that the model has are solved, too
  bool keep_zeros = false;                  ///< what is masked in the model that is pruned stays zero
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;              ///< tokens that go through the model together; changes no result
  std::filesystem::path scratch_folder{};  ///< for models that are to stay out of memory; empty: they are in memory
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
