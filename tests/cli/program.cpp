// SPDX-License-Identifier: MIT
#include "program.hpp"

#include <algorithm>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace multipruner::test {

RunningProgram::RunningProgram(const std::vector<std::string>& arguments, const std::string& stdout_path,
                               const std::string& stdin_path)
    : out_(stdout_path.empty() ? (directory_ / "out").string() : stdout_path),
      err_(directory_ / "err"),
      out_is_ours_(stdout_path.empty()) {
  std::vector<char*> argv{const_cast<char*>(MULTIPRUNER_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, stdin_path.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), O_WRONLY | O_CREAT, 0666);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), O_WRONLY | O_CREAT, 0666);
  const int failure = posix_spawn(&pid_, MULTIPRUNER_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(failure == 0);
}

RunningProgram::~RunningProgram() {
  if (pid_ == 0) return;
  send(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void RunningProgram::send(int signal) const {
  ::kill(pid_, signal);
}

bool RunningProgram::stop() const {
  send(SIGSTOP);
  siginfo_t change{};
  REQUIRE(::waitid(P_PID, static_cast<::id_t>(pid_), &change, WSTOPPED | WEXITED | WNOWAIT) == 0);
  return change.si_code == CLD_STOPPED;
}

ProgramResult RunningProgram::wait() {
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = 0;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          out_is_ours_ ? read_file(out_) : std::string{}, read_file(err_)};
}

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& stdout_path) {
  return RunningProgram(arguments, stdout_path).wait();
}

ProgramResult run_successfully(const std::vector<std::string>& arguments) {
  ProgramResult result = run_program(arguments);
  INFO(result.err);
  REQUIRE(result.status == 0);
  return result;
}

std::vector<std::pair<std::string, std::string>> contents_of(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    files.emplace_back(name, entry.is_regular_file() ? read_file(entry.path()) : "");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace multipruner::test
