// SPDX-License-Identifier: MIT
#include <string>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// The shipped model, which says that it can read 2048 tokens, although it was trained on 256.
std::string boasting_model(const TemporaryDirectory& directory) {
  const auto copy = directory / "model";
  std::filesystem::copy(stories(), copy);
  json config = json::parse(read_file(copy / "config.json"));
  config["max_position_embeddings"] = 2048;
  write_file(copy / "config.json", config.dump());
  return copy;
}

}  // namespace

TEST_CASE("the shipped model works with the windows that are the default") {
  SKIP_WITHOUT(stories());
  const ProgramResult result = run_successfully({"eval", stories(), "--text", stories() / "heldout.txt", "--json"});
  CHECK(result.json().at("seqlen") == 256);
  CHECK(result.json().at("seqlen_that_works") == 256);
  CHECK(result.json().at("perplexity").get<double>() < 32);
  CHECK(result.err.empty());
}

TEST_CASE("windows longer than the model says it can read are warned of") {
  SKIP_WITHOUT(stories());
  const auto eval = [](const char* length) {
    return run_successfully(
        {"eval", stories(), "--text", stories() / "heldout.txt", "--seqlen", length, "--json", "--max-windows", "1"});
  };
  CHECK(eval("256").err.empty());
  CHECK_THAT(eval("257").err, Catch::Contains("warning: --seqlen: 257") && Catch::Contains("max_position_embeddings"));
}

TEST_CASE("a loss that climbs with the position in the window is noticed, and what works instead is said") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = boasting_model(directory), text = stories() / "heldout.txt";
  const auto says = [](const ProgramResult& result) {
    CHECK_THAT(result.err, Catch::Contains("the loss climbs") && Catch::Contains("--seqlen 256 is what works"));
  };
  const ProgramResult eval = run_successfully({"eval", model, "--text", text, "--json"});
  says(eval);
  CHECK(eval.json().at("seqlen") == 2048);
  CHECK(eval.json().at("seqlen_that_works") == 256);
  says(run_successfully({"compare", model, "--text", text, "--max-new-tokens", "1"}));
  says(run_successfully({"prune", model, "--ratio", "1", "--preset", "reference", "--distribution", "0:1:0",
                         "--calibration", text, "--max-windows", "1", "--out", directory / "out"}));
}
