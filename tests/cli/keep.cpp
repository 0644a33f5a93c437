// SPDX-License-Identifier: MIT
#include <filesystem>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// All blocks that were candidates in a run.
std::set<std::pair<std::string, int>> candidates_of(const std::filesystem::path& run) {
  std::set<std::pair<std::string, int>> blocks;
  const json log = json::parse(read_file(run / "log.json"));
  for (const json& step : log.at("pruning_results")) {
    for (const json& candidate : step.at("candidates")) {
      blocks.emplace(candidate.at("block").get<std::string>(), candidate.at("layer").get<int>());
    }
  }
  return blocks;
}

}  // namespace

TEST_CASE("prune leaves blocks as they are that are to be kept, and so does what continues from its log") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto out = directory / "out";
  std::ignore =
      run_successfully(quick_prune(out, {"--depth-until", "3", "--mlp-until", "6", "--heads-until", "8", "--keep",
                                         "first", "--keep", "mlp:1-2,attention:last", "--keep", "5-6"}));
  const auto candidates = candidates_of(out);
  const std::set<std::pair<std::string, int>> kept{{"attention", 0}, {"mlp", 0},       {"mlp", 1},
                                                   {"mlp", 2},       {"attention", 7}, {"mlp", 5},
                                                   {"mlp", 6},       {"attention", 5}, {"attention", 6}};
  for (const auto& block : kept) CHECK(candidates.count(block) == 0);
  CHECK(candidates.count({"attention", 1}) == 1);
  CHECK(candidates.count({"mlp", 7}) == 1);
  json log = json::parse(read_file(out / "log.json"));
  CHECK(log.at("args").at("keep") == json{"first", "mlp:1-2,attention:last", "5-6"});
  CHECK_THAT(run_successfully({"verify", out, "--steps", "1"}).out, Catch::Contains("as its log says"));
  CHECK(std::filesystem::exists(out / "multipruner.json"));
  std::ignore = run_successfully({"extract", out, "--at", "3"});
  CHECK(json::parse(read_file(directory / "out-at-3/log.json")).at("args").at("keep") == log.at("args").at("keep"));

  log["args"]["keep"] = {"attention"};  // a log that contradicts itself
  write_file(out / "log.json", log.dump());
  CHECK_THAT(run_program({"verify", out, "--steps", "0"}).err, Catch::Contains("0 steps check nothing"));
  const ProgramResult verified = run_program({"verify", out, "--steps", "1"});
  CHECK(verified.status == 3);
  CHECK_THAT(verified.out, Catch::Contains("was to be kept"));
}

TEST_CASE("another choice of what to keep reuses measured costs") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto out = directory / "out";
  std::ignore = run_successfully(quick_prune(out, {"--ratio", "3"}));
  const ProgramResult again = run_successfully(quick_prune(out, {"--ratio", "3", "--keep", "last", "--overwrite"}));
  CHECK_THAT(again.out, Catch::Contains("continues from"));
}

TEST_CASE("what to keep must be in the model, be blocks, and leave something") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto refused = [&](const std::vector<std::string>& more, const std::string& message) {
    std::vector<std::string> arguments{"--ratio", "20"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_program(quick_prune(directory / "out", arguments));
    CAPTURE(more);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Catch::Contains("--keep") && Catch::Contains(message));
    CHECK_FALSE(std::filesystem::exists(directory / "out"));
  };
  for (const char* what : {"8", "0-8", "3-1", "-1", "0-", "heads", "mlp:8", "mlp:", ":3", "first:mlp", "3,"}) {
    refused({"--keep", what}, "names no layers of the model");
  }
  refused({"--keep", "down_proj"}, "mlp");
  refused({"--keep", "q_proj:0"}, "attention");
  refused({"--keep", "0-7"}, "leaves nothing to remove");
  refused({"--keep", "mlp", "--distribution", "0:100:0"}, "leaves nothing to remove");
}

TEST_CASE("sparsify skips what the same words name") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::vector<std::string> sparsify{"sparsify", stories(), "--pattern",     "50%",
                                          "--method", "wanda",   "--calibration", stories() / "calibration.txt",
                                          "--seqlen", "64",      "--max-windows", "2",
                                          "--json"};
  auto arguments = sparsify;
  arguments.insert(arguments.end(), {"--out", directory / "out", "--skip", "attention,mlp:1-6", "--skip",
                                     "down_proj:last", "--skip", "first"});
  std::set<std::string> pruned;
  const json result = run_successfully(arguments).json();
  for (const json& linear : result.at("linears")) pruned.insert(linear.at("name").get<std::string>());
  CHECK(pruned == std::set<std::string>{"model.layers.7.mlp.gate_proj.weight", "model.layers.7.mlp.up_proj.weight"});
  arguments = sparsify;
  arguments.insert(arguments.end(), {"--out", directory / "none", "--skip", "mlp:9"});
  CHECK_THAT(run_program(arguments).err, Catch::Contains("--skip") && Catch::Contains("names no layers of the model"));
}
