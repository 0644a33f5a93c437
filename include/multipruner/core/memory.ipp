// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#include <multipruner/core/detail/control_groups.hpp>
#include <multipruner/core/memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::optional<Index> entry_in(const std::filesystem::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    Index kibibytes = 0;
    if (words >> name >> kibibytes && name == key) return kibibytes * 1024;
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE Index available_physical_memory(const std::filesystem::path& root) {
  const Index half = static_cast<Index>(sysconf(_SC_PHYS_PAGES)) * static_cast<Index>(sysconf(_SC_PAGESIZE)) / 2;
  const Index machine = entry_in(root / "proc/meminfo", "MemAvailable:").value_or(half);
  return std::min(machine, left_in_control_groups(root).value_or(machine));
}

/// What `ulimit` leaves to this process: address space (-v) and data (-d); nothing where neither is bounded.
/// Sources: getrlimit(2), RLIMIT_AS and RLIMIT_DATA; proc(5), VmSize and VmData.
/// @param root  below which /proc lies
[[nodiscard]] inline std::optional<Index> left_by_resource_limits(const std::filesystem::path& root = "/") {
  std::optional<Index> left;
  const auto bound = [&](auto resource, const char* in_use) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    const auto most =
        static_cast<Index>(std::min(limit.rlim_cur, static_cast<rlim_t>(std::numeric_limits<Index>::max())));
    const Index used = entry_in(root / "proc/self/status", in_use).value_or(0);
    left = std::min(left.value_or(most), std::max<Index>(0, most - used));
  };
  bound(RLIMIT_AS, "VmSize:");
  bound(RLIMIT_DATA, "VmData:");
  return left;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE Index available_memory() {
  const Index physical = detail::available_physical_memory();
  return std::min(physical, detail::left_by_resource_limits().value_or(physical));
}

MULTIPRUNER_INLINE ResidentMemory resident_memory() {
  const auto entry = [](const char* key) { return detail::entry_in("/proc/self/status", key).value_or(0); };
  return {entry("VmRSS:"), entry("VmHWM:"), entry("RssAnon:")};
}

MULTIPRUNER_INLINE Index attainable_memory() {
  const ResidentMemory has = resident_memory();
  const Index physical = detail::available_physical_memory() + has.anonymous;
  const std::optional<Index> left = detail::left_by_resource_limits();
  return left ? std::min(physical, has.now + *left) : physical;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
