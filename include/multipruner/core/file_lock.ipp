// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <multipruner/core/file_lock.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE LockOutcome try_lock(const FileDescriptor& file) {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
