#include <cstdlib>
#include <string>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// A dry run under `ulimit -v`.
ProgramResult dry_run_within(const TemporaryDirectory& directory, int megabytes, const std::string& more) {
  const std::string out = directory / "stdout", err = directory / "stderr";
  const std::string command =
      "ulimit -v " + std::to_string(megabytes * 1024) + "; '" + MULTIPRUNER_PROGRAM + "' prune '" + stories().string() +
      "' --ratio 20 --preset reference --calibration '" + (stories() / "calibration.txt").string() +
      "' --seqlen 64 --max-windows 2 --threads 1 --dry-run --json " + more + " >'" + out + "' 2>'" + err + "'";
  const int status = std::system(command.c_str());
  return {status, read_file(out), read_file(err)};
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
