// SPDX-License-Identifier: MIT
#pragma once

#include <xsimd/xsimd.hpp>

#include <multipruner/simd/instruction_set.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE std::string instruction_set() {
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
