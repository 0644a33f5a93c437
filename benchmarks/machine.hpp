// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <utility>

#include "peak.hpp"
#include "report.hpp"

namespace multipruner::benchmark {

/// What the machine can do at most, measured when it is first asked for, and reported.
class Machine {
 public:
  explicit Machine(Report& report) : report_(report) {
    report.section(this_processor().name + ", and what it can do at most", "limit");
    report.add({.name = "clock", .ours = measured_clock() / 1e9, .unit = "GHz"});
    for (const int threads : report.thread_counts()) {
      for (const Compute compute : compute_types) measure(compute, threads);
    }
  }

  /// Floating-point operations a second with the best instruction for a type.
  [[nodiscard]] double peak(Compute compute, int threads) const { return peaks_.at({compute, threads}); }

  /// Bytes a second read from memory.
  [[nodiscard]] double bandwidth(int threads) {
    double& rate = bandwidths_[threads];
    if (rate > 0) return rate;
    rate = measured_read_bandwidth(threads);
    report_.add({.name = "memory read, " + threads_name(threads), .ours = rate / 1e9, .unit = "GB/s"});
    return rate;
  }

 private:
  void measure(Compute compute, int threads) {
    double& best = peaks_[{compute, threads}];
    for (const Peak& peak : measured_peaks(compute, threads)) {
      best = std::max(best, peak.rate);
      report_.add({.name = "peak " + name_of(peak.instruction) + ", " + threads_name(threads),
                   .ours = peak.rate / 1e9,
                   .unit = "GFLOP/s",
                   .competitor = Figure{"limit of the instructions", peak.limit / 1e9}});
    }
  }

  Report& report_;
  std::map<std::pair<Compute, int>, double> peaks_;
  std::map<int, double> bandwidths_;
};

}  // namespace multipruner::benchmark
