#pragma once

#include <csignal>
#include <stdexcept>

#include <sys/resource.h>
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

}  // namespace multipruner::test
