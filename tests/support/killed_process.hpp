// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <stdexcept>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace multipruner::test {

/// In a process of its own, prepares something and then does it, but kills it, as kill -9 does, when it has entered or
/// left so many system calls on the way: with one number after another, that is every moment at which others can see a
/// difference.
/// @returns whether it was killed; otherwise it came to its end first.
template <class Work>
bool killed_after_calls(int calls, const Work& work) {
  const ::pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(3);
    try {
      work([] { ::raise(SIGSTOP); });  // from here on, calls count
    } catch (...) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  int status = 0;
  for (int seen = -1;; ++seen) {
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("cannot wait for a process");
    if (WIFEXITED(status) || WIFSIGNALED(status)) break;
    if (seen == calls) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return true;
    }
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) throw std::runtime_error("cannot trace a process");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the work failed, or cannot be traced");
  return false;
}

}  // namespace multipruner::test
