// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/bfloat16_pairs.hpp>

// The kernels hold a row of a tile in a batch, round with AVX-512 BF16 and use AVX-512 DQ; every processor with these
// tiles has them all, but compilers take the one without the other.
#if defined(__AMX_BF16__) && MULTIPRUNER_WITH_BFLOAT16_PAIRS && defined(__AVX512DQ__) && defined(__linux__)
#define MULTIPRUNER_WITH_AMX 1

#include <array>
#include <cstddef>
#include <cstdint>

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <multipruner/core/types.hpp>

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

/// Configures the tile registers of this thread as long as it lives: whole tiles, unless something else is said.
class Tiles {
 public:
  explicit Tiles(const TileConfiguration& configuration = whole_tiles) { _tile_loadconfig(&configuration); }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

/// What was stored before is in memory before tiles are loaded behind it: GCC 12 does not know that these read memory.
inline void finish_stores() {
  asm volatile("" ::: "memory");
}

/// Rows of `Width` 16-bit elements, 32 elements in all, of which every two become one row of pairs.
template <Index Width>
[[nodiscard]] inline __m512i interleave(__m512i rows) {
  static constexpr auto sources = [] {
    std::array<std::uint16_t, 32> indices{};
    for (Index i = 0; i < 32; ++i) {
      const Index row = i / (2 * Width) * 2 + i % 2;
      indices[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(row * Width + i / 2 % Width);
    }
    return indices;
  }();
  return _mm512_permutexvar_epi16(_mm512_loadu_si512(sources.data()), rows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx

#endif
