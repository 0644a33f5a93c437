#pragma once

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <multipruner/core/posix.hpp>

namespace multipruner::detail {

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
[[nodiscard]] inline LockOutcome try_lock(const FileDescriptor& file) {
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return LockOutcome::held;
    if (errno != ENOTSUP && errno != ENOSYS && errno != EINVAL) return LockOutcome::unsupported;
    struct ::flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file.get(), F_OFD_SETLK, &whole) == 0) return LockOutcome::taken;
    return errno == EAGAIN || errno == EACCES ? LockOutcome::held : LockOutcome::unsupported;
  }
  return LockOutcome::taken;
}

}  // namespace multipruner::detail
