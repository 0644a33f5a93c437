// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

// The kernel holds a row of a tile in a batch and rounds with AVX-512 BF16; every processor with these tiles has both,
// but compilers take the one without the other.
#if defined(__AMX_BF16__) && defined(__AVX512BF16__) && defined(__linux__) && XSIMD_WITH_AVX512F
#define MULTIPRUNER_WITH_AMX 1

#include <array>
#include <cstdint>

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <multipruner/core/types.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx {

/// A tile register is 16 rows of 64 bytes: 16 × 16 floats, or 16 × 32 bfloat16.
inline constexpr Index tile_rows = 16, tile_depth = 32;

/// Whether the operating system lets this process use the tile registers. Linux wants to be asked once a process.
/// Source: Linux kernel documentation, "Using XSTATE features in user space applications".
[[nodiscard]] inline bool available() {
  static const bool granted = [] {
    constexpr int request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
  }();
  return granted;
}

/// What the instruction that configures tiles reads: eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> bytes_per_row{64, 64, 64, 64, 64, 64, 64, 64};
  std::array<std::uint8_t, 16> rows{16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Constant memory: GCC 12 believes that the instruction reads eight bytes, and would drop stores to the others.
inline constexpr TileConfiguration whole_tiles{};

/// Makes all tile registers of this thread whole tiles, as long as it lives.
class Tiles {
 public:
  Tiles() { _tile_loadconfig(&whole_tiles); }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

/// Rounds 32 floats to bfloat16. Denormals become zeros, for which the products of tiles take them anyway.
inline void narrow_step(const float* x, BFloat16* target) {
  _mm512_storeu_si512(target,
                      reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x))));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx

#endif
