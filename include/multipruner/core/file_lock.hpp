// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

enum class LockOutcome : std::uint8_t {
  taken,
  held,         ///< somebody else has it
  unsupported,  ///< this file system has no locks, or no more of them; errno says which
};

/// Tries to lock a file that is open for writing. The lock belongs to the open file, whoever has it, and is gone when
/// the last who has it closes it, however that ends: so it tells of the living, across containers and, on network file
/// systems, across machines.
///
/// Where flock is unknown, locks of bytes take its place. A file system that is out of locks (ENOLCK) is no such place:
/// there, others may have got theirs from flock, which locks of bytes do not see.
[[nodiscard]] LockOutcome try_lock(const FileDescriptor& file);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/file_lock.ipp>
#endif
