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

/// Bytes of physical memory that this process has now, and that it had at most. Source: proc(5), VmRSS and VmHWM; 0
/// where the kernel does not tell.
struct ResidentMemory {
  Index now = 0, most = 0;
};

[[nodiscard]] inline ResidentMemory resident_memory() {
  ResidentMemory memory;
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    const auto kibibytes = [&] { return static_cast<Index>(std::stoll(line.substr(6))) * 1024; };
    if (line.starts_with("VmRSS:")) memory.now = kibibytes();
    if (line.starts_with("VmHWM:")) memory.most = kibibytes();
  }
  return memory;
}

}  // namespace multipruner
