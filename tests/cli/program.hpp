// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <sys/types.h>

#include <multipruner/core/sanitizers.hpp>

namespace multipruner::test {

/// What a run of the program left: its exit status and what it wrote.
struct ProgramResult {
  int status = -1;  ///< 128 + signal if it was killed
  std::string out, err;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// A run of `multipruner` that is under way. One that is not waited for is killed.
class RunningProgram {
 public:
  /// @param stdout_path where its output goes instead of the result.
  /// @param stdin_path where its input comes from.
  explicit RunningProgram(const std::vector<std::string>& arguments, const std::string& stdout_path = "",
                          const std::string& stdin_path = "/dev/null");
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  void send(int signal) const;

  /// Stops it where it is. @returns false if it has ended already.
  [[nodiscard]] bool stop() const;

  /// Waits until it ends.
  [[nodiscard]] ProgramResult wait();

 private:
  TemporaryDirectory directory_;
  std::string out_, err_;
  bool out_is_ours_;
  ::pid_t pid_ = 0;
};

/// Runs `multipruner` with these arguments. @param stdout_path where its output goes instead of the result.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& stdout_path = "");

/// Runs it and requires that it succeeds.
ProgramResult run_successfully(const std::vector<std::string>& arguments);

/// The model that the project ships, with calibration.txt and heldout.txt beside it.
inline std::filesystem::path stories() {
  const auto shipped = source_path("examples/models/stories-1.6M");
  return std::filesystem::exists(shipped / "config.json") ? shipped : reference_path("models/stories-1.6M");
}

/// Arguments for a pruning run of a second: few, short windows; as the reference does, unless asked otherwise.
inline std::vector<std::string> quick_prune(const std::string& out, std::vector<std::string> more = {"--ratio", "20"}) {
  std::vector<std::string> arguments{"prune",    stories(), "--calibration", stories() / "calibration.txt",
                                     "--seqlen", "64",      "--max-windows", "4",
                                     "--out",    out};
  if (std::ranges::find(more, "--preset") == more.end()) arguments.insert(arguments.end(), {"--preset", "reference"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Checks what a run says of its memory, except under the address sanitizer, which takes several times as much.
inline void check_peak_memory(const nlohmann::json& result, [[maybe_unused]] long long most) {
  [[maybe_unused]] const auto bytes = result.at("work").at("peak_memory_bytes").get<long long>();
#if !MULTIPRUNER_ADDRESS_SANITIZER
  CHECK(bytes < most);
#endif
}

/// Names of all files below a folder, with their contents; hidden ones included.
std::vector<std::pair<std::string, std::string>> contents_of(const std::filesystem::path& folder);

}  // namespace multipruner::test
