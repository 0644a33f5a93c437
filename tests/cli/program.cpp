#include "program.hpp"

#include <algorithm>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace multipruner::test {

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& stdout_path) {
  const TemporaryDirectory directory;
  const std::string out = stdout_path.empty() ? (directory / "out").string() : stdout_path;
  const std::string err = (directory / "err").string();
  std::vector<char*> argv{const_cast<char*>(MULTIPRUNER_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0666);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0666);
  pid_t pid = 0;
  const int failure = posix_spawn(&pid, MULTIPRUNER_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(failure == 0);

  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          stdout_path.empty() ? read_file(out) : std::string{}, read_file(err)};
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
