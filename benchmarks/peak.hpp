// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <xsimd/xsimd.hpp>

#include "compute_type.hpp"
#include "instruction_limit.hpp"
#include "random_values.hpp"
#include "timing.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/detail/amx.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/// What the machine can do at most: the floating-point operations a second of loops that do nothing but multiply and
/// add, and the bytes a second of a loop that only reads.
namespace multipruner::benchmark {

namespace detail {

// Every loop here returns a number made of its results, so that no compiler can drop it, and every chain starts with a
// value that the compiler does not know: it computes chains once that it knows to be equal. The accumulators are local
// variables that only compile-time indices touch, and nothing takes their address: they stay in registers.

using Batch = xsimd::batch<float>;

/// Independent chains of operations: enough to hide the latency of two units, and so many that a single one, if the
/// others were dropped, would exceed what the processor can do, which is noticed. Few enough for 16 and 32 registers.
inline constexpr std::size_t float_chains = 12, bfloat16_chains = 24;

template <class F, std::size_t... I>
void for_each_chain(std::index_sequence<I...>, F&& f) {
  (f(std::integral_constant<std::size_t, I>{}), ...);
}

/// A number of which the compiler knows nothing.
[[nodiscard]] inline float unknown(float value) {
  const volatile float memory = value;
  return memory;
}

/// What one step of a loop computes, and the loop.
struct Probe {
  Instruction instruction;
  double operations_per_step;
  float (*run)(Index steps);
};

inline float multiply_add_float32(Index steps) {
  constexpr auto chains = std::make_index_sequence<float_chains>{};
  const Batch factor(unknown(0.5f)), term(unknown(0.25f));
  std::array<Batch, float_chains> sums;
  for_each_chain(chains, [&](auto i) { sums[i] = Batch(unknown(1)); });
  for (Index step = 0; step < steps; ++step) {
    for_each_chain(chains, [&](auto i) { sums[i] = xsimd::fma(sums[i], factor, term); });
  }
  float result = 0;
  for_each_chain(chains, [&](auto i) { result += sums[i].get(0); });
  return result;
}

inline constexpr Probe float32_probe{Instruction::float32, 2.0 * float_chains* Batch::size, multiply_add_float32};

#ifdef __AVX512BF16__

inline float dot_bfloat16_pairs(Index steps) {
  constexpr auto chains = std::make_index_sequence<bfloat16_chains>{};
  const __m512bh pairs = _mm512_cvtne2ps_pbh(_mm512_set1_ps(unknown(0.75f)), _mm512_set1_ps(unknown(-0.5f)));
  __m512 sums[bfloat16_chains];  // an std::array would drop the type's attributes, and say so
  for_each_chain(chains, [&](auto i) { sums[i] = _mm512_set1_ps(unknown(0)); });
  for (Index step = 0; step < steps; ++step) {
    for_each_chain(chains, [&](auto i) { sums[i] = _mm512_dpbf16_ps(sums[i], pairs, pairs); });
  }
  float result = 0;
  for_each_chain(chains, [&](auto i) { result += _mm512_cvtss_f32(sums[i]); });
  return result;
}

inline constexpr Probe bfloat16_pairs_probe{Instruction::bfloat16_pairs, 2.0 * 2 * bfloat16_chains * 16,
                                            dot_bfloat16_pairs};

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

inline constexpr Probe tiles_probe{Instruction::bfloat16_tiles, 2.0 * 4 * 16 * 16 * 32, multiply_tiles};

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

/// Whether this is compiled for AMX and the processor has it.
[[nodiscard]] inline bool has_tiles() {
#ifdef MULTIPRUNER_WITH_AMX
  return simd::detail::amx::available();
#else
  return false;
#endif
}

/// Floating-point operations a second with one kind of instruction.
struct Peak {
  Instruction instruction;
  double rate = 0;   ///< as measured
  double limit = 0;  ///< what the processor can do at most
};

/// What `threads` threads reach with a probe's instruction, beside what they can reach at most.
///
/// @throws Error where the rate exceeds the limit by more than what the clock may have changed meanwhile: then the
/// probe does not do the work that it counts, or its time is wrong.
[[nodiscard]] inline Peak measured_peak(const detail::Probe& probe, int threads) {
  constexpr double tolerance = 1.05;
  const Processor processor = this_processor();
  const double before = measured_clock();
  const double rate = detail::operations_per_second(probe, threads);
  const double clock = std::max(before, measured_clock());
  const double per_cycle = most_operations_per_cycle(probe.instruction, processor, register_bits);
  const double limit = threads * per_cycle * clock;
  if (rate <= tolerance * limit) return {probe.instruction, rate, limit};
  const auto number = [](double value) { return std::to_string(std::llround(value)); };
  throw Error(
      "peak " + name_of(probe.instruction) + ", " + threads_name(threads),
      number(rate / 1e9) + " GFLOP/s were measured, but " + processor.name + " reaches " + number(limit / 1e9) +
          " at most, with " + number(per_cycle) + " operations a cycle and core and " + number(clock / 1e6) + " MHz",
      "The probe failed, and no share of the peak can be told: see in benchmarks/peak.hpp whether this compiler "
      "leaves the loop as it is, and in benchmarks/instruction_limit.hpp whether this processor is known");
}

/// What `threads` threads reach with each of the instructions for a type that are compiled for. Without any for
/// bfloat16 it is computed as float32.
///
/// @throws Error as measured_peak().
[[nodiscard]] inline std::vector<Peak> measured_peaks(Compute compute, int threads) {
  std::vector<Peak> peaks;
  if (compute == Compute::bfloat16) {
#ifdef __AVX512BF16__
    peaks.push_back(measured_peak(detail::bfloat16_pairs_probe, threads));
#endif
#ifdef MULTIPRUNER_WITH_AMX
    if (has_tiles()) peaks.push_back(measured_peak(detail::tiles_probe, threads));
#endif
  }
  if (peaks.empty()) peaks.push_back(measured_peak(detail::float32_probe, threads));
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
