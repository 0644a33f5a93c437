// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/calibration/calibration.hpp>
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
  DecoderConfig config;
  config.num_hidden_layers = 2;
  config.intermediate_size = 6;
  config.num_attention_heads = config.num_key_value_heads = 2;
  config.head_dim = 2;
  config.vocab_size = config.hidden_size = 8;
  return Plan(to_model(config));
}

/// The path of a run on the model, from its output folder.
RunPath read_run(const std::filesystem::path& run) {
  return read_run_path(open_run_log(run), dense());
}

/// A whole log with something changed in it.
RunPath read_changed(const std::function<void(nlohmann::json&)>& change) {
  const TemporaryDirectory directory;
  nlohmann::json log = nlohmann::json::parse(log_text);
  log["args"] = {{"seed", 42}};
  change(log);
  write_file(std::filesystem::path(directory / "log.json"), log.dump());
  return read_run(directory.path());
}

}  // namespace

TEST_CASE("the path of a run is read from its log, step by step") {
  const TemporaryDirectory directory;
  write_file(std::filesystem::path(directory / "log.json"), log_text);
  const RunPath path = read_run(std::filesystem::path(directory / "log.json").parent_path());
  REQUIRE(path.steps.size() == 3);
  CHECK(path.steps[0].samples == block_samples);
  CHECK(path.steps[1].samples == width_samples);
  const auto& candidates = path.steps[0].search.candidates;
  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0].cost == PlanCost{1.5, true});
  CHECK(std::isnan(candidates[1].cost.value));
  CHECK(candidates[2].cost == PlanCost{1.75, false});

  CHECK(plan_after(path, 0, dense()) == dense());
  const Plan last = plan_after(path, 3, dense());
  CHECK(last.removed(mlp_of(1)));
  CHECK(last.width(mlp_of(0)) == 4);
  CHECK(last.width(attention_of(0)) == 2);
  CHECK(steps_until(path, 0) == 0);
  CHECK(steps_until(path, 10) == 1);
  CHECK(steps_until(path, 10.5) == 2);
  CHECK(steps_until(path, 20) == 3);
  expect_error<OptionError>([&] { (void)steps_until(path, 21); }, {"20"});
}

TEST_CASE("edits of several blocks are read, and windows that are not the usual ones") {
  const auto with_edits = [](nlohmann::json edits) {
    return read_changed([&](nlohmann::json& log) {
      auto& step = log["pruning_results"][0];
      step["pruning_target"] = "attn+mlp";
      step["edits"] = std::move(edits);
      step["candidates"].clear();
      log["pruning_results"].erase(2);
      log["pruning_results"].erase(1);
      step["samples"] = "width";
    });
  };
  const nlohmann::json attention{{"block", "attention"}, {"layer", 0}, {"to", 0}};
  const nlohmann::json mlp{{"block", "mlp"}, {"layer", 0}, {"to", 0}};
  const RunPath path = with_edits({attention, mlp});
  CHECK(path.steps.front().samples == width_samples);
  CHECK(plan_after(path, 1, dense()).removed_blocks() == std::vector{attention_of(0), mlp_of(0)});
  CHECK(path.removals(1) == std::vector{attention_of(0), mlp_of(0)});
  expect_error<DataError>([&] { (void)with_edits({attention, attention}); }, {"edits[1].block", "twice"});
  expect_error<DataError>([&] { (void)with_edits(nlohmann::json::array()); }, {"edits", "no block"});
  expect_error<DataError>([&] { (void)with_edits({{{"block", "mlp"}, {"layer", 0}, {"to", 7}}}); }, {"layer 0 mlp"});
  const RunPath own = read_changed([](nlohmann::json& log) { log["pruning_results"][0]["samples"] = "c4"; });
  CHECK(own.steps.front().samples == "c4");
  expect_error<DataError>(
      [] { (void)read_changed([](nlohmann::json& log) { log["pruning_results"][0]["samples"] = 7; }); }, {"samples"});
}

TEST_CASE("a step that was compared with nothing need not have a cost") {
  const RunPath path = read_changed([](nlohmann::json& log) { log["pruning_results"][1]["cost"] = nullptr; });
  CHECK(path.steps[1].search.candidates.empty());
  CHECK(std::isnan(path.steps[1].search.cost));
}

TEST_CASE("what is no log is refused by name") {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "log.json";
  expect_error<FileError>([&] { (void)read_run(file.parent_path()); }, {"log.json"});
  write_file(file, R"({"pruning_results": [{"layer": 1}]})");
  expect_error<DataError>([&] { (void)read_run(file.parent_path()); }, {"log.json", "pruning_results[0]"});
  write_file(file, R"({"args": {}})");
  expect_error<DataError>([&] { (void)read_run(file.parent_path()); }, {"log.json", "not a log of a pruning run"});
}

TEST_CASE("every entry of a log is checked where it is read, and named") {
  using Json = nlohmann::json;
  CHECK_NOTHROW(read_changed([](Json&) {}));
  const auto refused = [](const std::function<void(Json&)>& change, const std::vector<std::string>& parts) {
    std::vector<std::string> all{"log.json"};
    all.insert(all.end(), parts.begin(), parts.end());
    expect_error<DataError>([&] { (void)read_changed(change); }, all);
  };
  const auto step_refused = [&](const char* key, const std::vector<Json>& values) {
    for (const Json& value : values) {
      CAPTURE(key, value.dump());
      refused([&](Json& log) { log["pruning_results"][1][key] = value; }, {"pruning_results[1]", key});
    }
    refused([&](Json& log) { log["pruning_results"][1].erase(key); }, {"pruning_results[1]", key, "missing"});
  };
  const std::vector<Json> no_sizes{-1, Index{1} << 40, 1.5, "3", nullptr, Json::array(), 1e300};
  step_refused("layer", no_sizes);
  step_refused("to", no_sizes);
  step_refused("pruning_target", {"MLP", 3, nullptr});
  step_refused("cost", {"low", Json::object()});
  refused([](Json& log) { log["pruning_results"][0]["cost"] = nullptr; }, {"pruning_results[0]", "cost"});
  step_refused("ratio", {-0.1, 100.5, "15", nullptr});
  step_refused("candidates", {3, Json::object(), Json::array({3})});
  const auto candidate_refused = [&](const char* key, const std::vector<Json>& values) {
    for (const Json& value : values) {
      CAPTURE(key, value.dump());
      refused([&](Json& log) { log["pruning_results"][0]["candidates"][1][key] = value; },
              {"pruning_results[0].candidates[1]", key});
    }
    refused([&](Json& log) { log["pruning_results"][0]["candidates"][1].erase(key); }, {"candidates[1]", key});
  };
  candidate_refused("layer", no_sizes);
  candidate_refused("to", no_sizes);
  candidate_refused("block", {"MLP", 3, nullptr});
  candidate_refused("cost", {"low", Json::array()});
  candidate_refused("exact", {1, "yes", nullptr});
  refused([](Json& log) { log["pruning_results"] = 3; }, {"pruning_results"});
  refused([](Json& log) { log["pruning_results"][2] = "step"; }, {"pruning_results[2]"});
  for (const Json& steps : {Json(-1), Json(4), Json(1.5), Json("2"), Json(nullptr), Json(1e18)}) {
    refused([&](Json& log) { log["turns"] = {{{"steps", steps}}, {{"steps", 2}}}; }, {"turns"});
  }
  refused([](Json& log) { log["turns"] = {{{"steps", 1}}, {{"steps", 1}}}; }, {"turns", "2 steps together", "3"});
  CHECK(read_changed([](Json& log) { log["turns"] = {{{"steps", 1}}, {{"steps", 2}}}; }).turns.size() == 2);
  expect_error<DataError>([] { (void)read_changed([](Json& log) { log.erase("args"); }).args(); }, {"args", "missing"});
}

TEST_CASE("a path is checked against the model that it is to be of") {
  using Json = nlohmann::json;
  CHECK_NOTHROW(read_changed([](Json&) {}));
  const auto refused = [](const std::function<void(Json&)>& change, const std::vector<std::string>& parts) {
    expect_error<DataError>([&] { (void)read_changed(change); }, parts);
  };
  refused([](Json& log) { log["pruning_results"][1]["layer"] = 2; },
          {"log.json", "pruning_results[1]", "no MLP width in layer 2"});
  refused([](Json& log) { log["pruning_results"][1]["to"] = 6; }, {"pruning_results[1]", "layer 0 mlp", "width 6"});
  refused([](Json& log) { log["pruning_results"][1]["layer"] = 1; }, {"pruning_results[1]", "layer 1 mlp", "0 there"});
  refused([](Json& log) { log["pruning_results"][0]["candidates"][1]["layer"] = 99; },
          {"pruning_results[0]", "no attention in layer 99"});
  expect_error<OptionError>([] { (void)plan_after(read_changed([](Json&) {}), 4, dense()); }, {"3 steps, not 4"});
}

TEST_CASE("the log of an earlier point is a log, with the turns that led to it") {
  const RunPath path = read_changed([](nlohmann::json& log) { log["turns"] = {{{"steps", 1}}, {{"steps", 2}}}; });
  for (const std::size_t count : {0u, 1u, 2u, 3u}) {
    const TemporaryDirectory directory;
    write_file(std::filesystem::path(directory / "log.json"), log_until(path, count).dump());
    const RunPath earlier = read_run(directory.path());
    CHECK(earlier.steps.size() == count);
    CHECK(earlier.turns.size() == (count < 2 ? 1 : 2));
  }
}
