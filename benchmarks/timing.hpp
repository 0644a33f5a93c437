#pragma once

#include <algorithm>
#include <array>
#include <chrono>
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

/// Seconds of the fastest run of each of several pieces of work, which take turns so that all meet the same
/// machine.
template <class... Work>
[[nodiscard]] std::array<double, sizeof...(Work)> fastest(Work&&... work) {
  using Clock = std::chrono::steady_clock;
  constexpr int at_least = 5;
  constexpr std::chrono::duration<double> budget(1.5);
  std::array<double, sizeof...(Work)> best;
  best.fill(std::numeric_limits<double>::infinity());
  const auto begin = Clock::now();
  for (int round = 0; round < at_least || Clock::now() - begin < budget; ++round) {
    std::size_t which = 0;
    const auto measure = [&](auto& run) {
      const auto start = Clock::now();
      run();
      const std::chrono::duration<double> seconds = Clock::now() - start;
      best[which] = std::min(best[which], seconds.count());
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
  const auto [seconds] = fastest([&] {
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
