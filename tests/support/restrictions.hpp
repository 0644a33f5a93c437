// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace multipruner::test {

/// While it lives, a process of root has the file permissions of an ordinary user ("nobody").
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (was_root_ && ::seteuid(65534) != 0) throw std::runtime_error("cannot become an ordinary user");
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (was_root_ && ::seteuid(0) != 0) std::terminate();
  }

 private:
  bool was_root_ = ::geteuid() == 0;
};

/// While it lives, no file can grow beyond a number of bytes: writes fail as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(::rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    if (::getrlimit(RLIMIT_FSIZE, &old_limit_) != 0) throw std::runtime_error("cannot read the file size limit");
    const ::rlimit limit{bytes, old_limit_.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("cannot set the file size limit");
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  ::rlimit old_limit_{};
  void (*old_handler_)(int);
};

/// From now on this process cannot lock files: flock and locks of bytes fail with an error, as on file systems without
/// locks. For a child process (see in_child), because there is no way back.
inline void forbid_locks(int error) {
  const auto fails = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
  constexpr auto number = offsetof(seccomp_data, nr), second_argument = offsetof(seccomp_data, args[1]);
  ::sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 3, 0),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
                             BPF_STMT(BPF_LD | BPF_W | BPF_ABS, second_argument),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_SETLK, 0, 1),
                             BPF_STMT(BPF_RET | BPF_K, fails),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const ::sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw std::runtime_error("cannot forbid locks");
  }
}

/// Checks something in a process of its own. @throws std::runtime_error where it is false, or throws.
template <class Check>
void in_child(const Check& check) {
  const ::pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    try {
      ::_exit(check() ? 0 : 1);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(2);
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error("it does not hold in a process of its own");
}

}  // namespace multipruner::test
