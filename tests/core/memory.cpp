// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/temporary_directory.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <multipruner/core/memory.hpp>

using namespace multipruner;
using test::TemporaryDirectory;

namespace {

constexpr Index megabyte = 1 << 20;

/// A machine with 1000 MB available, as /proc shows it, and groups as a test wants them.
class FakeMachine {
 public:
  FakeMachine() { write("proc/meminfo", "MemTotal: 9999999 kB\nMemAvailable: 1024000 kB\n"); }

  void write(const std::filesystem::path& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    test::write_file(root_ / path, text);
  }

  /// Control groups of version 2, this process in `group`. @param shown  the group that the mount point shows
  void unified(const std::string& group, const std::string& shown = "/") const {
    write("proc/self/mountinfo",
          "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
          "30 23 0:26 " +
              shown + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
    write("proc/self/cgroup", "0::" + group + "\n");
  }

  void unified_group(const std::string& folder, const std::string& most, Index used, Index cache = 0) const {
    const std::filesystem::path path = "sys/fs/cgroup/" + folder;
    write(path / "memory.max", most + "\n");
    write(path / "memory.current", std::to_string(used) + "\n");
    write(path / "memory.stat", "anon 1\nfile 2\ninactive_file " + std::to_string(cache) + "\nactive_file 0\n");
  }

  [[nodiscard]] Index available() const { return detail::available_physical_memory(root_.path()); }

 private:
  TemporaryDirectory root_;
};

std::string in_bytes(Index megabytes) {
  return std::to_string(megabytes * megabyte);
}

}  // namespace

TEST_CASE("without limits that memory is available which the kernel tells of") {
  const FakeMachine machine;
  CHECK(machine.available() == 1000 * megabyte);
  machine.unified("/");
  CHECK(machine.available() == 1000 * megabyte);
  machine.unified_group("", "max", 700 * megabyte);
  CHECK(machine.available() == 1000 * megabyte);
}

TEST_CASE("a control group leaves its limit less what is in use, page cache excepted") {
  const FakeMachine machine;
  machine.unified("/");  // as in a container with a namespace of its own
  machine.unified_group("", in_bytes(500), 300 * megabyte, 200 * megabyte);
  CHECK(machine.available() == 400 * megabyte);
  machine.unified_group("", in_bytes(500), 600 * megabyte);
  CHECK(machine.available() == 0);
  machine.unified_group("", in_bytes(500), 100 * megabyte, 200 * megabyte);  // read at different times
  CHECK(machine.available() == 500 * megabyte);
  machine.write("sys/fs/cgroup/memory.high", in_bytes(350));  // beyond which the kernel slows a process down
  CHECK(machine.available() == 350 * megabyte);
  machine.unified_group("", in_bytes(5000), 0);
  machine.write("sys/fs/cgroup/memory.high", "max\n");
  CHECK(machine.available() == 1000 * megabyte);
}

TEST_CASE("of nested control groups the tightest counts") {
  const FakeMachine machine;
  machine.unified("/batch/job/step");
  machine.unified_group("batch/job/step", "max", 100 * megabyte);
  machine.unified_group("batch/job", in_bytes(900), 100 * megabyte);
  CHECK(machine.available() == 800 * megabyte);
  machine.unified_group("batch", in_bytes(950), 700 * megabyte);  // others are in it, too
  CHECK(machine.available() == 250 * megabyte);
  machine.unified_group("batch/job/step", in_bytes(300), 100 * megabyte);
  CHECK(machine.available() == 200 * megabyte);
  machine.unified_group("other", in_bytes(1), megabyte);
  CHECK(machine.available() == 200 * megabyte);
}

TEST_CASE("a group is found where only a part of the hierarchy is mounted") {
  const FakeMachine machine;
  machine.unified("/docker/abc/inner", "/docker/abc");
  machine.unified_group("", in_bytes(600), 0);
  CHECK(machine.available() == 600 * megabyte);
  machine.unified_group("inner", in_bytes(500), 0);
  CHECK(machine.available() == 500 * megabyte);
  machine.unified("/elsewhere", "/docker/abc");  // what is mounted is all that can be seen
  CHECK(machine.available() == 600 * megabyte);
  machine.unified("/../sibling", "/");
  CHECK(machine.available() == 600 * megabyte);
}

TEST_CASE("limits of the first version of control groups count as well") {
  const FakeMachine machine;
  machine.write("proc/self/mountinfo",
                "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                "32 30 0:28 /docker/abc /sys/fs/cgroup/the\\040memory rw master:9 - cgroup cgroup rw,memory\n");
  machine.write("proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:hugetlb,memory:/docker/abc\n1:name=systemd:/x\n");
  const std::filesystem::path folder = "sys/fs/cgroup/the memory";
  machine.write(folder / "memory.limit_in_bytes", "9223372036854771712\n");  // none
  machine.write(folder / "memory.usage_in_bytes", in_bytes(300));
  machine.write(folder / "memory.stat",
                "cache 1\ntotal_inactive_file " + in_bytes(40) + "\ntotal_active_file " + in_bytes(60) + "\n");
  CHECK(machine.available() == 1000 * megabyte);
  machine.write(folder / "memory.limit_in_bytes", in_bytes(700));
  CHECK(machine.available() == 500 * megabyte);
  // What a group above allows that cannot be seen.
  machine.write(folder / "memory.stat", "hierarchical_memory_limit " + in_bytes(400) + "\n");
  CHECK(machine.available() == 100 * megabyte);
}

TEST_CASE("files that say nothing of use are no limits") {
  const FakeMachine machine;
  machine.write("proc/self/mountinfo", "30 23\n\n30 23 0:26 / /sys/fs/cgroup rw - cgroup2\n");
  machine.write("proc/self/cgroup", "nonsense\n0:\n");
  CHECK(machine.available() == 1000 * megabyte);
  machine.unified("/");
  machine.write("sys/fs/cgroup/memory.max", "a lot\n");
  CHECK(machine.available() == 1000 * megabyte);
}

namespace {

/// What a child process under a limit says of its memory, in MB above what the limit left: 0 or 1 where it is right.
int available_in_child(decltype(RLIMIT_AS) resource, const char* in_use) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Index left = 64 * megabyte;
    const Index used = detail::entry_in("/proc/self/status", in_use).value_or(0);
    const rlimit limit{static_cast<rlim_t>(used + left), RLIM_INFINITY};
    if (::setrlimit(resource, &limit) != 0) ::_exit(99);
    const bool tells = available_memory() <= left && available_memory() > left / 2;
    const bool adds = attainable_memory() <= resident_memory().now + left;
    ::_exit(tells && adds ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("ulimit bounds what is available") {
  CHECK(available_in_child(RLIMIT_AS, "VmSize:") == 0);
  CHECK(available_in_child(RLIMIT_DATA, "VmData:") == 0);
}

TEST_CASE("what a process has counts towards what it can come to have") {
  const ResidentMemory before = resident_memory();
  CHECK(before.now > 0);
  CHECK(before.most >= before.now);
  CHECK(before.anonymous <= before.now);
  CHECK(attainable_memory() > 0);
  CHECK(attainable_memory() >= available_memory());
}
