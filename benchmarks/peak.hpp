#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <xsimd/xsimd.hpp>

#include "compute_type.hpp"
#include "random_values.hpp"
#include "timing.hpp"
#include <multipruner/simd/detail/amx.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/// What the machine can do at most: the floating-point operations a second of loops that do nothing but multiply and
/// add, and the bytes a second of a loop that only reads.
namespace multipruner::benchmark {

namespace detail {

// Every loop here returns a number made of its results, so that no compiler can drop it. The accumulators are local
// variables that only compile-time indices touch, and nothing takes their address: they stay in registers.

using Batch = xsimd::batch<float>;

/// Independent chains of operations. Enough to hide the latency of a fused multiply-add on two ports, and few enough
/// for 16 registers.
inline constexpr std::size_t float_chains = 12, bfloat16_chains = 16;

template <class F, std::size_t... I>
void for_each_chain(std::index_sequence<I...>, F&& f) {
  (f(std::integral_constant<std::size_t, I>{}), ...);
}

/// What one step of a loop computes, and the loop.
struct Probe {
  double operations_per_step;
  float (*run)(Index steps);
};

inline float multiply_add_float32(Index steps) {
  constexpr auto chains = std::make_index_sequence<float_chains>{};
  const Batch factor(0.5f), term(0.25f);
  std::array<Batch, float_chains> sums;
  sums.fill(Batch(static_cast<float>(steps)));
  for (Index step = 0; step < steps; ++step) {
    for_each_chain(chains, [&](auto i) { sums[i] = xsimd::fma(sums[i], factor, term); });
  }
  float result = 0;
  for_each_chain(chains, [&](auto i) { result += sums[i].get(0); });
  return result;
}

inline constexpr Probe float32_probe{2.0 * float_chains * Batch::size, multiply_add_float32};

#ifdef __AVX512BF16__

inline float dot_bfloat16_pairs(Index steps) {
  constexpr auto chains = std::make_index_sequence<bfloat16_chains>{};
  const __m512bh ones = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1.0f), _mm512_set1_ps(static_cast<float>(steps)));
  __m512 sums[bfloat16_chains];  // an std::array would drop the type's attributes, and say so
  for_each_chain(chains, [&](auto i) { sums[i] = _mm512_setzero_ps(); });
  for (Index step = 0; step < steps; ++step) {
    for_each_chain(chains, [&](auto i) { sums[i] = _mm512_dpbf16_ps(sums[i], ones, ones); });
  }
  float result = 0;
  for_each_chain(chains, [&](auto i) { result += _mm512_cvtss_f32(sums[i]); });
  return result;
}

inline constexpr Probe bfloat16_pairs_probe{2.0 * 2 * bfloat16_chains * 16, dot_bfloat16_pairs};

#endif

#ifdef MULTIPRUNER_WITH_AMX

/// On random values, as the products of a model are: how fast the processor multiplies tiles depends on what is in
/// them.
inline float multiply_tiles(Index steps) {
  constexpr int row_bytes = 64;
  constexpr Index tile_elements = simd::detail::amx::tile_rows * simd::detail::amx::tile_depth;
  const StoredMatrix operands(4, tile_elements, DType::bfloat16);
  const auto* const tiles = static_cast<const BFloat16*>(operands.view().data);
  const simd::detail::amx::Tiles whole_tiles;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, tiles, row_bytes);
  _tile_loadd(5, tiles + tile_elements, row_bytes);
  _tile_loadd(6, tiles + 2 * tile_elements, row_bytes);
  _tile_loadd(7, tiles + 3 * tile_elements, row_bytes);
  for (Index step = 0; step < steps; ++step) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  return 0;  // the tile intrinsics are volatile: they need no result to stay
}

inline constexpr Probe tiles_probe{2.0 * 4 * 16 * 16 * 32, multiply_tiles};

#endif

/// Runs `work(thread)` on so many threads at once.
template <class Work>
void on_threads(int threads, Work&& work) {
  if (threads == 1) return work(0);
  std::vector<std::jthread> running;
  for (int thread = 0; thread < threads; ++thread) running.emplace_back([&work, thread] { work(thread); });
}

/// Operations a second of all threads together. A run takes some milliseconds, beside which the start of a thread is
/// nothing.
[[nodiscard]] inline double operations_per_second(const Probe& probe, int threads) {
  constexpr double operations_per_run = 4e9;
  const auto steps = static_cast<Index>(operations_per_run / probe.operations_per_step);
  volatile float sink = 0;
  const auto [seconds] =
      fastest(clock_for(threads), [&] { on_threads(threads, [&](int) { sink = probe.run(steps); }); });
  return threads * static_cast<double>(steps) * probe.operations_per_step / seconds;
}

}  // namespace detail

/// Floating-point operations a second with one kind of instruction.
struct Peak {
  std::string instruction;
  double rate = 0;
};

/// What `threads` threads reach with each of the instructions for a type that are compiled for. Without any for
/// bfloat16 it is computed as float32.
[[nodiscard]] inline std::vector<Peak> measured_peaks(Compute compute, int threads) {
  std::vector<Peak> peaks;
  const auto measure = [&](const std::string& instruction, const detail::Probe& probe) {
    peaks.push_back({instruction, detail::operations_per_second(probe, threads)});
  };
  if (compute == Compute::bfloat16) {
#ifdef __AVX512BF16__
    measure("bfloat16 pairs", detail::bfloat16_pairs_probe);
#endif
#ifdef MULTIPRUNER_WITH_AMX
    if (simd::detail::amx::available()) measure("bfloat16 tiles", detail::tiles_probe);
#endif
  }
  if (peaks.empty()) measure("float32", detail::float32_probe);
  return peaks;
}

/// Bytes a second that `threads` threads read from memory, far more than caches hold.
[[nodiscard]] inline double measured_read_bandwidth(int threads) {
  using detail::Batch;
  constexpr Index size = Index{1} << 28, step = 8 * static_cast<Index>(Batch::size);  // a gigabyte
  const AlignedBuffer<float> memory(size);
  std::ranges::fill(memory.span(), 1.0f);
  volatile float sink = 0;
  const Index share = size / threads / step * step;
  const auto read = [&](int thread) {
    std::array<Batch, 8> sums;
    sums.fill(Batch(0.0f));
    const float* at = memory.data() + thread * share;
    for (const float* end = at + share; at != end; at += step) {
      detail::for_each_chain(std::make_index_sequence<8>{},
                             [&](auto i) { sums[i] += Batch::load_aligned(at + i * Batch::size); });
    }
    for (const Batch& sum : sums) sink = sum.get(0);
  };
  const auto [seconds] = fastest(clock_for(threads), [&] { detail::on_threads(threads, read); });
  return static_cast<double>(share * threads) * sizeof(float) / seconds;
}

}  // namespace multipruner::benchmark
