// SPDX-License-Identifier: MIT
#pragma once

/// @file
/// How what the library defines is linked: MULTIPRUNER_ABI, the inline namespace that everything is in, and
/// MULTIPRUNER_INLINE, which says where the bodies of plain functions are.

#include <multipruner/core/version.hpp>

// The instruction-set level that a translation unit is compiled for, the highest first: those of docs/development.md,
// and some between them.
#if defined(__AMX_BF16__)
#define MULTIPRUNER_ABI_LEVEL avx512_amx
#elif defined(__AVX512BF16__)
#define MULTIPRUNER_ABI_LEVEL avx512_bf16
#elif defined(__AVX512VBMI2__)
#define MULTIPRUNER_ABI_LEVEL avx512_vbmi2
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define MULTIPRUNER_ABI_LEVEL avx512
#elif defined(__AVX512F__)
#define MULTIPRUNER_ABI_LEVEL avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define MULTIPRUNER_ABI_LEVEL avx2
#elif defined(__AVX2__)
#define MULTIPRUNER_ABI_LEVEL avx2_no_fma
#elif defined(__AVX__)
#define MULTIPRUNER_ABI_LEVEL avx
#elif defined(__SSE4_2__)
#define MULTIPRUNER_ABI_LEVEL sse4_2
#elif defined(__ARM_FEATURE_SVE2)
#define MULTIPRUNER_ABI_LEVEL sve2
#elif defined(__ARM_FEATURE_SVE)
#define MULTIPRUNER_ABI_LEVEL sve
#else
#define MULTIPRUNER_ABI_LEVEL baseline
#endif

#define MULTIPRUNER_ABI_NAME_OF(version, level) version##_##level
#define MULTIPRUNER_ABI_NAME(version, level) MULTIPRUNER_ABI_NAME_OF(version, level)

/// Inline namespace of version and instruction set, e.g. v0_1_0_avx2. A linker takes any one of several definitions of
/// an inline function; translation units of one program that are compiled for different processors, or against
/// different versions, keep their own. It separates our names alone: docs/development.md tells what to do about
/// Eigen's.
#define MULTIPRUNER_ABI MULTIPRUNER_ABI_NAME(MULTIPRUNER_VERSION_NAMESPACE, MULTIPRUNER_ABI_LEVEL)

/// Bodies of plain functions: `x.hpp` declares, `x.ipp` defines. By default every header includes its `.ipp`, and there
/// is nothing to link. With MULTIPRUNER_COMPILED it does not, and the bodies come from a library that is compiled once:
/// the CMake target `multipruner::compiled` defines it.
#ifdef MULTIPRUNER_COMPILED
#define MULTIPRUNER_INLINE
#else
#define MULTIPRUNER_INLINE inline
#endif
