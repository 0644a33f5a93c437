// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/simd/detail/amx_operand.hpp>
#include <multipruner/simd/detail/bfloat16_operand.hpp>
#include <multipruner/simd/detail/bfloat16_pairs_operand.hpp>
#include <multipruner/simd/detail/float32_operand.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Rows of an operand are multiplied from a multiple of this on.
inline constexpr Index operand_step = 32;

/// Calls f with x prepared for products in a compute type, by the best means that the processor has.
template <class F>
void with_operand(Compute compute, MatrixView<const float> x, F&& f) {
  if (compute == Compute::float32) return f(Float32Operand(x));
#if MULTIPRUNER_WITH_AMX
  if (amx::available()) return f(amx::Operand(x));
  f(BFloat16Operand(x));  // processors that have tiles multiply pairs at half of the rate of float32
#elif MULTIPRUNER_WITH_BFLOAT16_PAIRS
  f(BFloat16PairsOperand(x));
#else
  f(BFloat16Operand(x));
#endif
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
