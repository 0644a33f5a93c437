// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <fstream>
#include <string>

#include <sys/wait.h>

#include "program.hpp"
#include <multipruner/core/sanitizers.hpp>

#if !MULTIPRUNER_ADDRESS_SANITIZER  // which reserves terabytes of addresses

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// A run on the shipped model under `ulimit -v`.
ProgramResult run_within(const TemporaryDirectory& directory, int megabytes, const std::string& command,
                         const std::string& more) {
  const std::string out = directory / "stdout", err = directory / "stderr";
  const std::string line = "ulimit -v " + std::to_string(megabytes * 1024) + "; '" + MULTIPRUNER_PROGRAM + "' " +
                           command + " '" + stories().string() + "' --threads 1 " + more + " >'" + out + "' 2>'" + err +
                           "'";
  const int status = std::system(line.c_str());
  return {WEXITSTATUS(status), read_file(out), read_file(err)};
}

ProgramResult dry_run_within(const TemporaryDirectory& directory, int megabytes, const std::string& more) {
  const std::string text = stories() / "calibration.txt";
  return run_within(directory, megabytes, "prune",
                    "--ratio 20 --preset reference --calibration '" + text +
                        "' --seqlen 64 --max-windows 2 --dry-run --json " + more);
}

}  // namespace

TEST_CASE("a dry run says what memory is available, and warns where the run takes more") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  constexpr int limit = 1500;  // MB
  const ProgramResult enough = dry_run_within(directory, limit, "");
  REQUIRE(enough.status == 0);
  const auto available = enough.json().at("available_memory_bytes").get<double>();
  CHECK(available > 0);
  CHECK(available < limit * 1048576.0);
  CHECK_THAT(enough.err, !Catch::Contains("warning"));
  const ProgramResult scarce = dry_run_within(directory, limit, "--memory 3GB");
  REQUIRE(scarce.status == 0);
  CHECK_THAT(scarce.err,
             Catch::Contains("warning: memory: this run takes about 3") && Catch::Contains("are available"));
}

TEST_CASE("where memory runs out, the command says what to do, and nothing is written") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  constexpr int limit = 200;  // MB: a text of half of it can be mapped, but not kept in memory beside that
  {
    std::ofstream text(directory / "text.txt");
    for (int i = 0; i < 1000000; ++i)
      text << "once upon a time, there was a house, and it stood on a hill. And so on\n";
  }
  const std::string file = "'" + std::string(directory / "text.txt") + "' ", out = directory / "out";
  const ProgramResult judged = run_within(directory, limit, "eval", "--text " + file);
  CAPTURE(judged.out, judged.err);
  CHECK(judged.status == 1);
  CHECK_THAT(judged.err, Catch::Contains("error: memory: there is not enough of it") && Catch::Contains("--seqlen"));
  const ProgramResult pruned =
      run_within(directory, limit, "prune", "--ratio 10 --preset reference --out '" + out + "' --calibration " + file);
  CAPTURE(pruned.out, pruned.err);
  CHECK(pruned.status == 1);
  CHECK_THAT(pruned.err, Catch::Contains("--memory") && Catch::Contains("--seqlen"));
  CHECK_FALSE(std::filesystem::exists(out));
}

#endif
