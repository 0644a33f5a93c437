#include <cmath>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/report/run_path.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr const char* log_text = R"({"pruning_results": [
  {"pruning_target": "mlp", "layer": 1, "to": 0, "cost": 1.5, "ratio": 10.0,
   "candidates": [{"block": "mlp", "layer": 1, "to": 0, "cost": 1.5, "exact": true},
                  {"block": "attention", "layer": 0, "to": 0, "cost": null, "exact": true},
                  {"block": "attention", "layer": 1, "to": 0, "cost": 1.75, "exact": false}]},
  {"pruning_target": "MLP width", "layer": 0, "to": 4, "cost": 2, "ratio": 15.0, "candidates": []},
  {"pruning_target": "Attn head", "layer": 0, "to": 2, "cost": 3, "ratio": 20.0, "candidates": []}]})";

Plan dense() {
  ModelConfig config;
  config.num_hidden_layers = 2;
  config.intermediate_size = 6;
  config.num_attention_heads = 2;
  config.head_dim = 2;
  return Plan(config);
}

}  // namespace

TEST_CASE("the path of a run is read from its log, step by step") {
  const TemporaryDirectory directory;
  write_file(std::filesystem::path(directory / "log.json"), log_text);
  const RunPath path = read_run_path(std::filesystem::path(directory / "log.json").parent_path());
  REQUIRE(path.steps.size() == 3);
  CHECK(path.steps[0].set == CalibrationSet::block);
  CHECK(path.steps[1].set == CalibrationSet::width);
  const auto& candidates = path.steps[0].search.candidates;
  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0].cost == PlanCost{1.5, true});
  CHECK(std::isnan(candidates[1].cost.value));
  CHECK(candidates[2].cost == PlanCost{1.75, false});

  CHECK(plan_after(path, 0, dense()) == dense());
  const Plan last = plan_after(path, 3, dense());
  CHECK(last.removed({1, BlockKind::mlp}));
  CHECK(last.width({0, BlockKind::mlp}) == 4);
  CHECK(last.width({0, BlockKind::attention}) == 2);
  CHECK(steps_until(path, 0) == 0);
  CHECK(steps_until(path, 10) == 1);
  CHECK(steps_until(path, 10.5) == 2);
  CHECK(steps_until(path, 20) == 3);
  expect_error<OptionError>([&] { (void)steps_until(path, 21); }, {"20"});
}

TEST_CASE("what is no log is refused by name") {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "log.json";
  expect_error<FileError>([&] { (void)read_run_path(file.parent_path()); }, {"log.json"});
  write_file(file, R"({"pruning_results": [{"layer": 1}]})");
  expect_error<FileError>([&] { (void)read_run_path(file.parent_path()); }, {"log.json", "no log of a pruning run"});
}
