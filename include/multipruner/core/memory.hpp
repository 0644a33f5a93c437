// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An entry of /proc/self/status or /proc/meminfo, "VmRSS:   123 kB", in bytes.
[[nodiscard]] std::optional<Index> entry_in(const std::filesystem::path& path, const std::string& key);

/// Physical memory that this machine, and the control groups of this process, could give away without swapping.
/// @param root  below which /proc and the mounts of control groups lie
[[nodiscard]] Index available_physical_memory(const std::filesystem::path& root = "/");

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Bytes of memory that this process could still get without swapping and without being killed: what the kernel
/// estimates that the machine could give away, or half of all memory where it does not tell; no more than control
/// groups (containers, services, batch systems) and `ulimit` leave. Sources: proc(5), MemAvailable; cgroups(7).
[[nodiscard]] Index available_memory();

/// Bytes of physical memory that this process has now, that it had at most, and of those that it has now what cannot be
/// read again from a file. Source: proc(5), VmRSS, VmHWM and RssAnon; 0 where the kernel does not tell.
struct ResidentMemory {
  Index now = 0, most = 0, anonymous = 0;
};

[[nodiscard]] ResidentMemory resident_memory();

/// Bytes of physical memory that this process can come to have in all, those that it has included. Pages of mapped
/// files that it has are counted once: the system may take them back.
[[nodiscard]] Index attainable_memory();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/memory.ipp>
#endif
