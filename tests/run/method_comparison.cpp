// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/small_run.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/run/method_comparison.hpp>
#include <multipruner/run/pruning_run.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Two methods at two ratios on a random model.
struct SmallComparison {
  SmallRun inputs{4};
  MethodComparisonOptions options{};

  SmallComparison() {
    RunSpec spec = inputs.spec("reference");
    spec.ratio.reset();
    options.methods.push_back({"multipruner", spec});
    spec.policy = "shortgpt";
    spec.mlp_group.reset();
    options.methods.push_back({"shortgpt", spec});
    options.ratios = {8, 16};
    options.texts = {{"held out", inputs.directory / "text.txt"}};
    options.windows = {.seqlen = 16, .max_windows = 6};
    options.out = inputs.directory / "table";
  }

  [[nodiscard]] std::vector<ComparisonRow> run() const {
    return MethodComparison(options, SmallRun::environment()).run();
  }
};

}  // namespace

TEST_CASE("Methods are compared in one table, with what their own runs and evaluations say") {
  SmallComparison comparison;
  comparison.options.keep_models = true;
  const std::vector<ComparisonRow> rows = comparison.run();
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].method == "unpruned");
  CHECK(rows[0].losses.front().margin == 0);
  CHECK(rows[1].method == "multipruner");
  CHECK(rows[1].asked == 8);
  CHECK(rows[4].method == "shortgpt");
  CHECK(rows[4].asked == 16);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CAPTURE(rows[i].method, rows[i].asked);
    RunSpec spec = comparison.options.methods[(i - 1) % 2].spec;
    spec.ratio = rows[i].asked;
    const std::string name = rows[i].method + std::to_string(i);
    const FinishedRun done = PruningRun(spec, {.out = comparison.inputs.out(name)}, SmallRun::environment()).run();
    CHECK(rows[i].ratio == done.result.ratio);
    CHECK(rows[i].calibration_loss == Approx(std::log(done.texts.front().pruned)));
    CHECK(rows[i].evaluations == done.statistics.plans);
    const Graph smaller = load<Llama>(comparison.inputs.out(name));
    CHECK(rows[i].parameters == count_parameters(smaller.config(), Plan(smaller)));
    CHECK(rows[i].loaded_parameters <= rows[i].parameters);
    CHECK(rows[i].losses.front().margin > 0);
  }
  const auto json = nlohmann::json::parse(read_file(comparison.options.out / "comparison.json"));
  CHECK(json.at("rows").size() == 5);
  CHECK(json.at("rows")[3].at("losses").at("held out").at("loss") == rows[3].losses.front().loss);
  const std::string csv = read_file(comparison.options.out / "comparison.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 6);
  CHECK_THAT(read_file(comparison.options.out / "comparison.md"),
             Catch::Contains("| shortgpt") && Catch::Contains("±"));
  CHECK_THAT(read_file(comparison.options.out / "held_out.svg"), Catch::Contains(">shortgpt<"));
  std::size_t kept = 0;
  for (const auto& folder : std::filesystem::directory_iterator(comparison.options.out / "models")) {
    CHECK(std::filesystem::exists(folder.path() / "model.safetensors"));
    ++kept;
  }
  CHECK(kept == 4);

  // Another text is another calibration, whatever its file is called.
  const std::filesystem::path text = comparison.inputs.directory / "text.txt";
  write_file(text, std::string(4000, 'x') + read_file(text));
  const std::vector<ComparisonRow> others = comparison.run();
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(others[i].calibration_loss != rows[i].calibration_loss);
}

TEST_CASE("A comparison that was given up goes on with the row that was under way, and then is the same") {
  const SmallComparison whole, parts;
  const std::vector<ComparisonRow> expected = whole.run();
  GivesUp progress(120);
  MethodComparison first(parts.options, SmallRun::environment());
  CHECK_THROWS_AS(first.run(progress), std::runtime_error);
  const std::vector<ComparisonRow> rows = parts.run();
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].method == expected[i].method);
    CHECK(rows[i].losses.front().loss == expected[i].losses.front().loss);
  }
  const std::vector<ComparisonRow> again = parts.run();  // all rows are known: the same seconds
  for (std::size_t i = 1; i < rows.size(); ++i) CHECK(again[i].seconds == rows[i].seconds);
  CHECK(std::filesystem::is_empty(parts.options.out / "models"));
}

TEST_CASE("What cannot be compared is refused at once; a method that fails later has a row that says why") {
  const auto refused = [](auto change, const std::vector<std::string>& words) {
    SmallComparison comparison;
    change(comparison.options);
    expect_error<OptionError>([&] { (void)comparison.run(); }, words);
  };
  refused([](auto& options) { options.methods.clear(); }, {"--methods"});
  refused([](auto& options) { options.ratios.clear(); }, {"--ratio"});
  refused([](auto& options) { options.ratios = {120}; }, {"--ratio"});
  refused([](auto& options) { options.out.clear(); }, {"--out"});
  refused([](auto& options) { options.methods[1].name = "multipruner"; }, {"--methods", "one name"});
  refused([](auto& options) { options.methods[1].spec.stages = "mlp:1"; }, {"shortgpt", "--stages"});

  SmallComparison comparison;
  comparison.options.methods[0].spec.mlp_group = 4096;  // as only the model can say
  const std::vector<ComparisonRow> rows = comparison.run();
  CHECK(rows[1].parameters == 0);
  CHECK_THAT(rows[1].outcome, Catch::Contains("--mlp-group"));
  CHECK(rows[2].parameters > 0);
  CHECK_THAT(read_file(comparison.options.out / "comparison.md"), Catch::Contains("--mlp-group"));
}
