// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/step_configs.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

double exponential(double cost) {
  return std::exp(cost);
}

ModelConfig small_config() {
  DecoderConfig config;
  config.vocab_size = 10;
  config.hidden_size = 4;
  config.intermediate_size = 6;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 2;
  config.head_dim = 2;
  return to_model(config);
}

/// A run of one step of every kind.
PruningResult small_result(const ModelConfig& config) {
  const std::vector<std::pair<std::string, Edit>> moves{
      {"blocks", narrowed(mlp_of(1), 0)},
      {"blocks", narrowed(attention_of(0), 0)},
      {"MLP channels", narrowed(mlp_of(0), 4)},
      {"attention heads", narrowed(attention_of(1), 2)},
  };
  PruningResult result;
  result.plan = Plan(config);
  for (const auto& [stage, move] : moves) {
    result.plan = apply(move, result.plan);
    const double cost = 1.0 + static_cast<double>(result.steps.size());
    result.steps.push_back(
        {stage,
         {move, cost, pruning_ratio(config, result.plan), {{move, cost}, {narrowed(attention_of(1), 0), NAN}}},
         std::string(stage == "blocks" ? block_samples : width_samples)});
  }
  result.ratio = pruning_ratio(config, result.plan);
  return result;
}

}  // namespace

TEST_CASE("the log has the keys and words of the reference's log.json") {
  const ModelConfig config = small_config();
  const PruningResult result = small_result(config);
  const auto log = run_log(config, Plan(config), result, exponential,
                           {.args = nlohmann::ordered_json{{"target_ratio", 20}}, .weight_reorder = true});

  CHECK(log.at("args").at("target_ratio") == 20);
  CHECK(log.at("total_params") == count_parameters(config));
  CHECK(log.at("weight_reorder") == true);
  CHECK(log.at("num_evals") == 4);  // two depth steps of two candidates each
  const auto& steps = log.at("pruning_results");
  REQUIRE(steps.size() == 4);
  const std::vector<std::string> targets{"mlp", "attn", "MLP width", "Attn head"};
  const std::vector<std::string> files{"block.0", "block.1", "mlp_width.2", "attn_head.3"};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(steps[i].at("step") == i);
    CHECK(steps[i].at("pruning_target") == targets[i]);
    CHECK(steps[i].at("config_save_to") == "pruned_model_configs/config." + files[i] + ".json");
    CHECK(steps[i].at("importance") == std::exp(1.0 + static_cast<double>(i)));
    CHECK(steps[i].at("ratio") == result.steps[i].search.ratio);
  }
}

TEST_CASE("the log tells every decision with its alternatives, and how the run ended") {
  const ModelConfig config = small_config();
  PruningResult result = small_result(config);
  result.outcome = SearchOutcome::no_candidate;
  const auto log = run_log(config, Plan(config), result, exponential,
                           {.evaluator = {.plans = 8, .blocks_run = 20, .blocks_saved_by_sharing = 5}});

  const auto& step = log.at("pruning_results").at(2);
  CHECK(step.at("layer") == 0);
  CHECK(step.at("to") == 4);
  CHECK(step.at("cost") == 3.0);
  REQUIRE(step.at("candidates").size() == 2);
  CHECK(step.at("candidates").at(0).at("block") == "mlp");
  CHECK(step.at("candidates").at(0).at("to") == 4);
  CHECK(std::isnan(step.at("candidates").at(1).at("cost").get<double>()));
  CHECK(log.at("outcome") == "no_candidate");
  CHECK(log.at("pruned_params") == count_parameters(config, result.plan));
  CHECK(log.at("ratio") == result.ratio);
  CHECK(log.at("evaluator").at("blocks_asked_for") == 25);
}

TEST_CASE("every step leaves the configuration as it was then") {
  const ModelConfig config = small_config();
  const auto files = step_configs(config, Plan(config), small_result(config));
  REQUIRE(files.size() == 4);
  const auto parsed = [&](const std::string& name) {
    return nlohmann::json::parse(files.at("pruned_model_configs/config." + name + ".json"));
  };
  CHECK(parsed("block.0").at("pruned_mlp_idx") == std::vector<int>{1});
  CHECK(parsed("block.0").at("pruned_attn_idx").empty());
  CHECK(parsed("block.1").at("pruned_attn_idx") == std::vector<int>{0});
  CHECK(parsed("mlp_width.2").at("pruned_mlp_width").at("0") == 4);
  CHECK(parsed("mlp_width.2").at("pruned_attn_width").at("1") == 4);
  CHECK(parsed("attn_head.3").at("pruned_attn_width").at("1") == 2);
}

TEST_CASE("a step of many blocks is called by what it removes of them, each once") {
  const ModelConfig config = small_config();
  std::vector<BlockChoice> changes;
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    changes.push_back({attention_of(layer), {{2, 0}}});
    changes.push_back({mlp_of(layer), {{4, 0}}});
  }
  const Plan before(config);
  PruningResult result{.plan = apply(Edit(changes), before)};
  result.steps.push_back({"widths", {Edit(changes), 1.5, 30, {}}});
  const auto log = run_log(config, before, result, exponential);
  CHECK(log.at("pruning_results").at(0).at("pruning_target") == "Attn head+MLP width");
  CHECK(log.at("pruning_results").at(0).at("edits").size() == changes.size());
  CHECK(step_configs(config, before, result).contains("pruned_model_configs/config.attn_head+mlp_width.0.json"));
}
