// SPDX-License-Identifier: MIT
#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

std::string sparse_model(const TemporaryDirectory& directory, const std::string& pattern) {
  const std::string out = directory / "sparse";
  run_successfully({"sparsify", stories(), "--calibration", stories() / "calibration.txt", "--seqlen", "64",
                    "--max-windows", "8", "--pattern", pattern, "--method", "wanda", "--out", out});
  return out;
}

std::vector<std::string> prune_sparse(const std::string& model, const std::string& out,
                                      const std::vector<std::string>& more) {
  std::vector<std::string> arguments = quick_prune(out, {"--ratio", "20", "--preset", "quality"});
  arguments.at(1) = model;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json log_of(const std::filesystem::path& folder) {
  return json::parse(read_file(folder / "log.json"));
}

/// Share of zeros by role, in percent.
double share(const json& kinds, const std::string& role) {
  for (const json& kind : kinds) {
    if (kind.at("role") == role) return 100 * kind.at("zeros").get<double>() / kind.at("weights").get<double>();
  }
  return -1;
}

/// Without a pattern the channels that go have more zeros than those that stay; where a mask is filled, about a tenth
/// is left.
void check_kept(const json& kinds, const json& pattern) {
  CHECK(kinds.size() == 7);
  for (const json& kind : kinds) {
    INFO(kind.dump());
    CHECK(kind.at("pattern") == pattern);
    CHECK(share(kinds, kind.at("role")) == Approx(50).margin(pattern.is_null() ? 12 : 1e-9));
  }
}

}  // namespace

TEST_CASE("prune says what becomes of a mask, with numbers") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string sparse = sparse_model(directory, "2:4"), out = directory / "smaller";
  const auto result = run_successfully(prune_sparse(sparse, out, {}));
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: warning: ") && Catch::Contains("--keep-zeros") &&
                             Catch::Contains("50.00 % of the weights of its linears are zero, in the pattern 2:4"));
  CHECK_THAT(result.out, Catch::Contains("down_proj  50.00 % 2:4"));
  const json log = log_of(out), mask = log.at("args").at("weight_mask");
  CHECK(log.at("args").at("keep_zeros") == false);
  CHECK(mask.at("kept") == false);
  check_kept(mask.at("before"), "2:4");
  CHECK(share(mask.at("after"), "down_proj") < 20);
  CHECK(share(mask.at("after"), "o_proj") < 20);
  CHECK(share(mask.at("after"), "up_proj") == 50);
  CHECK(json::parse(read_file(std::filesystem::path(out) / "multipruner.json")).at("settings").at("weight_mask") ==
        mask);
  CHECK_THAT(read_file(std::filesystem::path(out) / "README.md"), Catch::Contains("| down_proj | 50.00 % 2:4 |"));
}

TEST_CASE("prune --keep-zeros keeps 2:4 in every linear, and extract and verify follow") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string sparse = sparse_model(directory, "2:4"), out = directory / "smaller";
  run_successfully(prune_sparse(
      sparse, out,
      {"--keep-zeros", "--compensate", "local+stream-matching", "--compensate-every", "12", "--mlp-group", "32"}));
  const json log = log_of(out);
  CHECK(log.at("ratio") >= 20);
  CHECK(log.at("args").at("keep_zeros") == true);
  CHECK_THAT(log.at("args").at("identity").dump(), Catch::Contains("zeros kept"));
  check_kept(log.at("args").at("weight_mask").at("before"), "2:4");
  check_kept(log.at("args").at("weight_mask").at("after"), "2:4");
  const json seen = run_successfully({"inspect", out, "--json"}).json();
  for (const json& tensor : seen.at("sparsity")) {
    CHECK(tensor.at("pattern") == "2:4");
    CHECK(tensor.at("zeros") == 50);
  }
  run_successfully({"extract", out, "--at", "20", "--at", "8"});
  CHECK(read_file(directory / "smaller-at-20" / "model.safetensors") ==
        read_file(std::filesystem::path(out) / "model.safetensors"));
  check_kept(log_of(directory / "smaller-at-8").at("args").at("weight_mask").at("after"), "2:4");
  CHECK_THAT(run_successfully({"verify", out}).out, Catch::Contains("the run is as its log says"));
}

TEST_CASE("prune --keep-zeros keeps an unstructured mask") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string sparse = sparse_model(directory, "50%"), out = directory / "smaller";
  const auto noticed = run_successfully(prune_sparse(sparse, out, {"--keep-zeros"}));
  CHECK_THAT(noticed.err + noticed.out, Catch::Contains("zeros        kept"));
  const json mask = log_of(out).at("args").at("weight_mask");
  check_kept(mask.at("before"), nullptr);
  check_kept(mask.at("after"), nullptr);
}

TEST_CASE("what --keep-zeros cannot keep is refused by name, and a dense model has nothing to keep") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string sparse = sparse_model(directory, "2:4");
  const auto refused = run_program(prune_sparse(sparse, directory / "none", {"--keep-zeros", "--mlp-group", "30"}));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Contains("--mlp-group") && Catch::Contains("30") && Catch::Contains("multiple of 4"));
  CHECK_FALSE(std::filesystem::exists(directory / "none"));
  const auto dense = run_successfully(quick_prune(directory / "dense", {"--ratio", "10", "--keep-zeros"}));
  CHECK_THAT(dense.err + dense.out, Catch::Contains("nothing to keep"));
  CHECK_FALSE(log_of(directory / "dense").at("args").contains("weight_mask"));
}

TEST_CASE("sparsify of a model with a mask says what becomes of that") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string sparse = sparse_model(directory, "2:4"), out = directory / "again";
  const auto result = run_successfully({"sparsify", sparse, "--calibration", stories() / "calibration.txt", "--seqlen",
                                        "64", "--max-windows", "8", "--pattern", "50%", "--out", out});
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: warning: ") && Catch::Contains("pattern 2:4"));
  const json mask =
      json::parse(read_file(std::filesystem::path(out) / "sparsity.json")).at("settings").at("weight_mask");
  check_kept(mask.at("before"), "2:4");
  CHECK(share(mask.at("after"), "q_proj") == Approx(50).margin(0.1));
  CHECK_THAT(read_file(std::filesystem::path(out) / "README.md"), Catch::Contains("| q_proj | 50.00 % 2:4 |"));
}
