#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include <multipruner/core/detail/control_groups.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

namespace detail {

/// An entry of /proc/self/status or /proc/meminfo, "VmRSS:   123 kB", in bytes.
[[nodiscard]] inline std::optional<Index> entry_in(const std::filesystem::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    Index kibibytes = 0;
    if (words >> name >> kibibytes && name == key) return kibibytes * 1024;
  }
  return std::nullopt;
}

/// Physical memory that this machine, and the control groups of this process, could give away without swapping.
/// @param root  below which /proc and the mounts of control groups lie
[[nodiscard]] inline Index available_physical_memory(const std::filesystem::path& root = "/") {
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

}  // namespace detail

/// Bytes of memory that this process could still get without swapping and without being killed: what the kernel
/// estimates that the machine could give away, or half of all memory where it does not tell; no more than control
/// groups (containers, services, batch systems) and `ulimit` leave. Sources: proc(5), MemAvailable; cgroups(7).
[[nodiscard]] inline Index available_memory() {
  const Index physical = detail::available_physical_memory();
  return std::min(physical, detail::left_by_resource_limits().value_or(physical));
}

/// Bytes of physical memory that this process has now, that it had at most, and of those that it has now what cannot be
/// read again from a file. Source: proc(5), VmRSS, VmHWM and RssAnon; 0 where the kernel does not tell.
struct ResidentMemory {
  Index now = 0, most = 0, anonymous = 0;
};

[[nodiscard]] inline ResidentMemory resident_memory() {
  const auto entry = [](const char* key) { return detail::entry_in("/proc/self/status", key).value_or(0); };
  return {entry("VmRSS:"), entry("VmHWM:"), entry("RssAnon:")};
}

/// Bytes of physical memory that this process can come to have in all, those that it has included. Pages of mapped
/// files that it has are counted once: the system may take them back.
[[nodiscard]] inline Index attainable_memory() {
  const ResidentMemory has = resident_memory();
  const Index physical = detail::available_physical_memory() + has.anonymous;
  const std::optional<Index> left = detail::left_by_resource_limits();
  return left ? std::min(physical, has.now + *left) : physical;
}

}  // namespace multipruner
