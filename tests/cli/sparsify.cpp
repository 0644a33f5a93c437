// SPDX-License-Identifier: MIT
#include <chrono>
#include <csignal>
#include <thread>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

std::vector<std::string> quick_sparsify(const std::string& out, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"sparsify", stories(), "--calibration", stories() / "calibration.txt",
                                     "--seqlen", "64",      "--max-windows", "8",
                                     "--out",    out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json inspected(const std::string& folder) {
  return run_successfully({"inspect", folder, "--json"}).json();
}

}  // namespace

TEST_CASE("sparsify writes a model whose zeros inspect sees") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "sparse";
  const auto arguments = quick_sparsify(out, {"--pattern", "2:4", "--json", "--eval-text", stories() / "heldout.txt"});
  const json result = run_successfully(arguments).json();
  CHECK(result.at("settings").at("method") == "mrp-mm");
  CHECK(result.at("sparsity") == 50);
  CHECK(result.at("linears").size() == 56);
  CHECK(result.at("perplexity").size() == 2);
  for (const json& linear : result.at("linears")) {
    CHECK(linear.at("relative_loss") > 0);
    CHECK(linear.at("relative_loss") < 0.5);
  }

  const json seen = inspected(out);
  CHECK(seen.at("parameters").at("now") == 1607808);
  CHECK(seen.at("dtype") == "bfloat16");
  CHECK(seen.at("sparsity").size() == 56);
  for (const json& tensor : seen.at("sparsity")) {
    CHECK(tensor.at("zeros") == 50);
    CHECK(tensor.at("pattern") == "2:4");
  }
  CHECK(seen.at("multipruner").at("settings").at("pattern") == "2:4");
  CHECK_THAT(run_successfully({"inspect", out}).out, Catch::Contains("everywhere in the pattern 2:4"));

  const json judged = run_successfully({"eval", out, "--text", stories() / "heldout.txt", "--seqlen", "64",
                                        "--max-windows", "8", "--json"})
                          .json();
  CHECK(judged.at("perplexity") == result.at("perplexity").at(1).at("pruned"));
  const json numbers = json::parse(read_file(std::filesystem::path(out) / "sparsity.json"));
  CHECK(numbers.at("linears") == result.at("linears"));
  const std::string card = read_file(std::filesystem::path(out) / "README.md");
  CHECK_THAT(card, Catch::Contains("# stories-1.6M, weights 2:4 pruned") &&
                       Catch::Contains("| down_proj | 8 | 50.00 % |") &&
                       Catch::Contains("multipruner sparsify MODEL --calibration TEXT --pattern 2:4 --method mrp-mm "
                                       "--seqlen 64 --max-windows 8 --out DIR\n"));
  CHECK_THAT(card, !Catch::Contains(stories().string()));
}

TEST_CASE("inspect of a dense model tells of no zeros") {
  SKIP_WITHOUT(stories());
  CHECK(inspected(stories()).at("sparsity").empty());
  CHECK_THAT(run_successfully({"inspect", stories()}).out, !Catch::Contains("Zeros"));
}

TEST_CASE("every method and solver leaves half of the weights") {
  SKIP_WITHOUT(stories());
  const std::vector<std::vector<std::string>> cases{
      {"--pattern", "50%"},
      {"--pattern", "50", "--method", "wanda"},
      {"--pattern", "50%", "--method", "mrp-ss", "--block", "64"},
      {"--pattern", "50%", "--method", "mrp-sm", "--solver", "cg"},
      {"--pattern", "2:4", "--method", "sparsegpt", "--damping", "0.1"},
      {"--pattern", "4:8", "--method", "mrp-ms"},
      {"--pattern", "50%", "--method", "sparsegpt-m", "--solver", "global"},
      {"--pattern", "2:4", "--method", "mrp-mm", "--solver", "global"},
      {"--pattern", "2:4", "--method", "sparsegpt-m", "--solver", "global", "--block", "32"},
  };
  for (const auto& options : cases) {
    const TemporaryDirectory directory;
    const std::string out = directory / "sparse";
    const json result = run_successfully(quick_sparsify(out,
                                                        [&] {
                                                          auto more = options;
                                                          more.emplace_back("--json");
                                                          return more;
                                                        }()))
                            .json();
    INFO(result.at("settings").dump());
    CHECK(result.at("sparsity").get<double>() == Approx(50).margin(0.01));
    const json& judged = result.at("perplexity").at(0);
    CHECK(judged.at("pruned").get<double>() < 2.5 * judged.at("dense").get<double>());
    CHECK(inspected(out).at("sparsity").size() == 56);
  }
}

TEST_CASE("sparsify gives the same files on any number of threads, and replaces its own only if told") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::vector<std::string> options{"--pattern", "50%", "--skip", "mlp", "--skip", "0"};
  const auto with_threads = [&](const std::string& out, const std::string& threads) {
    auto more = options;
    more.insert(more.end(), {"--threads", threads});
    run_successfully(quick_sparsify(out, more));
    return contents_of(out);
  };
  const auto one = with_threads(directory / "one", "1");
  CHECK(with_threads(directory / "four", "4") == one);
  CHECK(inspected(directory / "one").at("sparsity").size() == 7 * 4);
  auto again = quick_sparsify(directory / "one", options);
  CHECK(run_program(again).status == 5);
  again.emplace_back("--overwrite");
  run_successfully(again);
  CHECK(contents_of(directory / "one") == one);
}

TEST_CASE("sparsify takes a model that prune has made, and prune one of sparsify") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "smaller"));
  auto arguments = quick_sparsify(directory / "sparse", {"--pattern", "50%", "--method", "wanda"});
  arguments.at(1) = directory / "smaller";
  run_successfully(arguments);
  const json smaller = inspected(directory / "smaller"), sparse = inspected(directory / "sparse");
  CHECK(sparse.at("parameters") == smaller.at("parameters"));
  CHECK(sparse.at("removal_order") == smaller.at("removal_order"));
  CHECK(sparse.at("layers") == smaller.at("layers"));
  CHECK(sparse.at("multipruner").at("previous").at(0).at("source") == "stories-1.6M");
  CHECK_FALSE(sparse.at("sparsity").empty());

  arguments = quick_prune(directory / "both", {"--ratio", "10", "--no-reorder"});
  arguments.at(1) = directory / "sparse";
  CHECK(run_program(arguments).status == 0);
}

TEST_CASE("what sparsify cannot do is refused by name, and nothing is written") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "--pattern"},
      {{"--pattern", "half"}, "half: it is neither"},
      {{"--pattern", "120%"}, "120%"},
      {{"--pattern", "5:4"}, "5:4"},
      {{"--pattern", "1:3"}, "128 columns of model.layers.0.self_attn.q_proj.weight"},
      {{"--pattern", "50%", "--method", "magnitude"}, "\"magnitude\""},
      {{"--pattern", "50%", "--method", "mrp-mm"}, "mrp-mm"},
      {{"--pattern", "50%", "--method", "mrp-sm", "--solver", "exact"}, "\"exact\""},
      {{"--pattern", "50%", "--solver", "cg"}, "--solver"},
      {{"--pattern", "50%", "--method", "mrp-ss", "--solver", "cg"}, "--solver"},
      {{"--pattern", "50%", "--method", "wanda", "--damping", "0.1"}, "--damping"},
      {{"--pattern", "50%", "--method", "wanda", "--block", "64"}, "--block"},
      {{"--pattern", "50%", "--method", "mrp-sm", "--solver", "cg", "--block", "64"}, "--block"},
      {{"--pattern", "50%", "--damping", "-1"}, "damping"},
      {{"--pattern", "50%", "--block", "0"}, "block"},
      {{"--pattern", "2:4", "--method", "sparsegpt", "--block", "30"}, "30 columns"},
      {{"--pattern", "8:32"}, "subsets"},
      {{"--pattern", "50%", "--skip", "norm"}, "\"norm\""},
      {{"--pattern", "50%", "--skip", "8"}, "\"8\""},
      {{"--pattern", "50%", "--skip", "attention", "--skip", "mlp"}, "nothing to prune"},
      {{"--pattern", "50%", "--sampling", "best"}, "\"best\""},
      {{"--pattern", "50%", "--samples", "0"}, "samples"},
  };
  for (const auto& [options, message] : cases) {
    const ProgramResult result = run_program(quick_sparsify(directory / "out", options));
    INFO(result.err);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: ") && Catch::Contains(message));
    CHECK(std::filesystem::is_empty(directory.path()));
  }
  auto arguments = quick_sparsify(stories(), {"--pattern", "50%"});
  CHECK(run_program(arguments).status == 2);
}

TEST_CASE("Ctrl-C ends sparsify at the next linear and leaves nothing") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  std::vector<std::string> arguments{"sparsify",      stories(),
                                     "--calibration", stories() / "calibration.txt",
                                     "--pattern",     "50%",
                                     "--method",      "mrp-sm",
                                     "--solver",      "global",
                                     "--threads",     "1",
                                     "--out",         directory / "out"};
  RunningProgram program(arguments);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  program.send(SIGINT);
  const ProgramResult result = program.wait();
  CHECK(result.status == 128 + SIGINT);
  CHECK(std::filesystem::is_empty(directory.path()));
}
