// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What the kernels were compiled for and with, e.g. "avx512bw, fma, amx; 12.2.0": registers of another width, and
/// products that are rounded on their own or not, give sums other last bits, and so does the order that a compiler
/// chooses.
[[nodiscard]] std::string instruction_set();

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/instruction_set.ipp>
#endif
