#pragma once

#include <fstream>
#include <string>

#include <unistd.h>

#include <multipruner/core/types.hpp>

namespace multipruner {

/// Bytes of memory that this machine could give away without swapping, as the kernel estimates it; half of all memory
/// where it does not tell. Source: proc(5), MemAvailable.
[[nodiscard]] inline Index available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  for (Index kibibytes = 0; file >> key >> kibibytes; file.ignore(64, '\n')) {
    if (key == "MemAvailable:") return kibibytes * 1024;
  }
  return static_cast<Index>(sysconf(_SC_PHYS_PAGES)) * static_cast<Index>(sysconf(_SC_PAGESIZE)) / 2;
}

}  // namespace multipruner
