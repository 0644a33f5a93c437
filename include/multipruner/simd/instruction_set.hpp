#pragma once

#include <string>

#include <xsimd/xsimd.hpp>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What the kernels were compiled for and with, e.g. "avx512bw, fma, amx; 12.2.0": registers of another width, and
/// products that are rounded on their own or not, give sums other last bits, and so does the order that a compiler
/// chooses.
[[nodiscard]] inline std::string instruction_set() {
  std::string text = xsimd::default_arch::name();
#if defined(__FMA__)
  text += ", fma";
#endif
#if defined(__AVX512BF16__)
  text += ", bf16";
#endif
#if defined(__AMX_BF16__)
  text += ", amx";
#endif
  return text + "; " + __VERSION__;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
