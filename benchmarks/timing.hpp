#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <limits>
#include <random>
#include <vector>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/narrow.hpp>

namespace multipruner::benchmark {

[[nodiscard]] inline std::vector<float> random_values(Index count, unsigned seed = 1) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::minstd_rand generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& value : values) value = uniform(generator);
  return values;
}

[[nodiscard]] inline std::vector<BFloat16> as_bfloat16(const std::vector<float>& values) {
  std::vector<BFloat16> narrow(values.size());
  std::ranges::transform(values, narrow.begin(), simd::detail::narrow<BFloat16>);
  return narrow;
}

/// Time that passes.
[[nodiscard]] inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Time that the process computes: for work on one thread, and hardly disturbed by what else the machine
/// does.
[[nodiscard]] inline double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Seconds by `clock` of the fastest run of each of several pieces of work, which take turns so that all meet
/// the same machine. Work that is over in no time is repeated within a run.
template <class Clock, class... Work>
[[nodiscard]] std::array<double, sizeof...(Work)> fastest(Clock&& clock, Work&&... work) {
  constexpr int at_least = 5;
  constexpr double budget = 1.5, shortest_run = 2e-3;
  std::array<double, sizeof...(Work)> best;
  best.fill(std::numeric_limits<double>::infinity());
  const double begin = wall_seconds();
  for (int round = 0; round < at_least || wall_seconds() - begin < budget; ++round) {
    std::size_t which = 0;
    const auto measure = [&](auto& run) {
      const double start = clock();
      double seconds = 0;
      int repetitions = 0;
      for (; seconds < shortest_run; ++repetitions) {
        run();
        seconds = clock() - start;
      }
      best[which] = std::min(best[which], seconds / repetitions);
      ++which;
    };
    (measure(work), ...);
  }
  return best;
}

/// Floating-point operations per second that one thread reaches with nothing but independent fused
/// multiply-adds.
[[nodiscard]] inline double measured_peak() {
  using simd::detail::Batch;
  constexpr Index chains = simd::detail::tile_rows * simd::detail::tile_batches, steps = 1 << 20;
  std::array<Batch, chains> sums;
  sums.fill(Batch(1.0f));
  volatile float sink = 0;
  const auto [seconds] = fastest(processor_seconds, [&] {
    const Batch factor(0.5f + sink), term(0.25f);
    auto local = sums;
    for (Index step = 0; step < steps; ++step) {
      simd::detail::unrolled<chains>([&](auto i) { local[i] = xsimd::fma(local[i], factor, term); });
    }
    for (const Batch& sum : local) sink = sum.get(0) * 0.0f;
  });
  return 2.0 * static_cast<double>(chains * simd::detail::lanes * steps) / seconds;
}

}  // namespace multipruner::benchmark
