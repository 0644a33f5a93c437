#pragma once

#include <string>
#include <vector>

#include <multipruner/forward/workspace.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>

// The one place that knows whether the library can compute in bfloat16 already.
#if __has_include(<multipruner/simd/compute.hpp>)

#include <multipruner/simd/compute.hpp>

namespace multipruner::benchmark {

using Compute = simd::Compute;

inline constexpr bool computes_in_bfloat16 = true;

inline void run_linear(MatrixView<const float> x, const WeightView& weight, MatrixView<float> y, Compute compute) {
  simd::linear(x, weight, {}, y, simd::Store::overwrite, compute);
}

inline void run_cross_entropy(MatrixView<const float> hidden, const WeightView& head, std::span<const TokenId> labels,
                              std::span<double> nll, Compute compute) {
  simd::cross_entropy(hidden, head, labels, nll, compute);
}

/// A template, so that programs that need none compile whatever a workspace is made of.
template <class W = Workspace>
[[nodiscard]] W workspace_for(Compute compute) {
  return W(compute);
}

}  // namespace multipruner::benchmark

#else

namespace multipruner::benchmark {

enum class Compute { float32, bfloat16 };

inline constexpr bool computes_in_bfloat16 = false;

inline void run_linear(MatrixView<const float> x, const WeightView& weight, MatrixView<float> y, Compute) {
  simd::linear(x, weight, {}, y);
}

inline void run_cross_entropy(MatrixView<const float> hidden, const WeightView& head, std::span<const TokenId> labels,
                              std::span<double> nll, Compute) {
  simd::cross_entropy(hidden, head, labels, nll);
}

[[nodiscard]] inline Workspace workspace_for(Compute) {
  return {};
}

}  // namespace multipruner::benchmark

#endif

namespace multipruner::benchmark {

[[nodiscard]] inline std::vector<Compute> compute_types() {
  if constexpr (computes_in_bfloat16) return {Compute::float32, Compute::bfloat16};
  return {Compute::float32};
}

[[nodiscard]] inline std::string compute_name(Compute compute) {
  return compute == Compute::float32 ? "float32" : "bfloat16";
}

/// The scalar type of weights that a compute type is meant for.
[[nodiscard]] constexpr DType stored_type(Compute compute) {
  return compute == Compute::float32 ? DType::float32 : DType::bfloat16;
}

}  // namespace multipruner::benchmark
