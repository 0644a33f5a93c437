// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>

#include <multipruner/simd/compute.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::benchmark {

using simd::Compute;

inline constexpr std::array compute_types{Compute::float32, Compute::bfloat16};

[[nodiscard]] inline std::string compute_name(Compute compute) {
  return std::string(simd::name_of(compute));
}

/// The scalar type of weights that a compute type is meant for.
[[nodiscard]] constexpr DType stored_type(Compute compute) {
  return compute == Compute::float32 ? DType::float32 : DType::bfloat16;
}

}  // namespace multipruner::benchmark
