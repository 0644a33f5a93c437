// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <thread>

namespace multipruner::benchmark {

/// Time that passes.
[[nodiscard]] inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Time that the process computes: for work on one thread, and hardly disturbed by what else the machine
/// does.
[[nodiscard]] inline double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

using Clock = double (*)();

/// The clock that means something for work on so many threads.
[[nodiscard]] inline Clock clock_for(int threads) {
  return threads == 1 ? processor_seconds : wall_seconds;
}

[[nodiscard]] inline std::string threads_name(int threads) {
  return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

/// How much is measured. `--quick` makes it little.
struct Effort {
  int rounds = 3;        ///< at least
  double seconds = 0.4;  ///< and for at least so long
  double turn = 0.02;    ///< work that is over sooner is repeated within a turn
};

[[nodiscard]] inline Effort& effort() {
  static Effort value;
  return value;
}

/// Threads of OpenMP go on spinning for some milliseconds after their work, and would take the processor away
/// from whoever has the next turn.
inline void let_spinning_threads_sleep() {
  std::this_thread::sleep_for(std::chrono::milliseconds(25));
}

/// Seconds by `clock` that one call of `work` takes.
template <class Work>
[[nodiscard]] double seconds_of_turn(Clock clock, Work& work) {
  let_spinning_threads_sleep();
  const double start = clock();
  double seconds = 0;
  int repetitions = 0;
  while (repetitions == 0 || seconds < effort().turn) {
    work();
    ++repetitions;
    seconds = clock() - start;
  }
  return seconds / repetitions;
}

/// Seconds by `clock` of the fastest run of each of several pieces of work, which take turns so that all meet
/// the same machine.
template <class... Work>
[[nodiscard]] std::array<double, sizeof...(Work)> fastest(Clock clock, Work&&... work) {
  std::array<double, sizeof...(Work)> best;
  best.fill(std::numeric_limits<double>::infinity());
  const double begin = wall_seconds();
  for (int round = 0; round < effort().rounds || wall_seconds() - begin < effort().seconds; ++round) {
    std::size_t which = 0;
    const auto measure = [&](auto& one) {
      best[which] = std::min(best[which], seconds_of_turn(clock, one));
      ++which;
    };
    (measure(work), ...);
  }
  return best;
}

}  // namespace multipruner::benchmark
