// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include <malloc.h>

namespace multipruner::benchmark {

namespace detail {

/// A line of Linux's /proc/self/status, in bytes.
[[nodiscard]] inline std::optional<double> memory_status(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == key + ":" && status >> kibibytes) return kibibytes * 1024;
  }
  return std::nullopt;
}

/// Sets the recorded peak of the resident memory back to what is resident now.
[[nodiscard]] inline bool forget_peak_memory() {
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5";
  return static_cast<bool>(clear.flush());
}

}  // namespace detail

/// Bytes by which resident memory grows at most while `work` runs; nothing where the system does not tell. What the
/// work only maps counts when it is touched first, so let it run once before.
template <class Work>
[[nodiscard]] std::optional<double> added_peak_memory(Work&& work) {
  malloc_trim(0);
  if (!detail::forget_peak_memory()) return std::nullopt;
  const auto before = detail::memory_status("VmRSS");
  work();
  const auto peak = detail::memory_status("VmHWM");
  if (!before || !peak) return std::nullopt;
  return std::max(*peak - *before, 0.0);
}

}  // namespace multipruner::benchmark
