// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenizing_options.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run that sets weights to zero is asked to do, as a value: everything that its result depends on, and nothing
/// else. The members are what the options of `multipruner sparsify` are called.
///
/// `SparsifyRun::spec()` has the method and the tokens a window filled in; a run of that gives the same bytes.
struct SparsifySpec {
  std::string model{};  ///< a folder

  std::string pattern{};  ///< "50%", "2:4" or "keep-2:4", see parse_sparsity_pattern
  /// wanda, sparsegpt, sparsegpt-m, mrp-ss, mrp-sm, mrp-ms or mrp-mm; unset: sparsegpt, and mrp-mm for N:M.
  std::optional<std::string> method{};
  std::optional<std::string> solver{};  ///< blocked, global or cg, for methods that end in m
  std::optional<double> damping{};      ///< relative to the mean of the diagonal of the Hessian
  std::optional<Index> block{};         ///< columns that are worked on together
  std::vector<std::string> skip{};      ///< linears that stay as they are, see parse_parts

  std::string calibration{};  ///< a text
  std::optional<Index> samples{};
  std::string sampling = "first";
  std::optional<std::string> eval_text{};
  WindowSettings windows{};
  TokenizingOptions tokenizing{};

  simd::Compute compute = simd::Compute::float32;
  std::uint64_t seed = 42;

  friend bool operator==(const SparsifySpec&, const SparsifySpec&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
