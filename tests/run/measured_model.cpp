// SPDX-License-Identifier: MIT
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>

#include <multipruner/run/measured_model.hpp>
#include <multipruner/run/pruning_run.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Models are compared by what a run says of them") {
  const SmallRun inputs;
  const FinishedRun done = PruningRun(inputs.spec(), {.out = inputs.out()}, SmallRun::environment()).run();
  const MeasuringOptions options{.texts = {{"own", inputs.directory / "text.txt"}},
                                 .windows = {.seqlen = 16, .max_windows = 4, .ignore_label = "none"},
                                 .prompt = "sentence",
                                 .generation = {.max_new_tokens = 4}};
  std::vector<MeasuredModel> models;
  for (const auto& folder : {inputs.directory / "model", inputs.out()}) {
    models.push_back(measure_model(folder, options, SmallRun::environment()));
  }
  CHECK(models[0].name == "model");
  CHECK(models[0].ratio == 0);
  CHECK(models[1].ratio == done.result.ratio);
  CHECK(models[1].parameters < models[0].parameters);
  REQUIRE(done.texts.size() == 1);
  CHECK(models[0].perplexities.at(0) == Approx(done.texts[0].dense));
  CHECK(models[1].perplexities.at(0) == Approx(done.texts[0].pruned));
  CHECK_THAT(comparison_table(models, options),
             Catch::StartsWith("model  parameters  removed") && Catch::Contains("own") && Catch::Contains("tokens/s"));
  const nlohmann::ordered_json json = to_json(models, options);
  CHECK(json.at(1).at("model") == inputs.out().string());
  CHECK(json.at(1).at("perplexity").at("own") == models[1].perplexities[0]);
  CHECK(json.at(0).at("continuation") == models[0].continuation);
}

TEST_CASE("Without a text, a comparison has sizes and what models write") {
  const SmallRun inputs;
  const MeasuringOptions options{.texts = {}, .windows = {}, .prompt = "sentence", .generation = {.max_new_tokens = 2}};
  const MeasuredModel model = measure_model(inputs.directory / "model", options, SmallRun::environment());
  CHECK(model.perplexities.empty());
  CHECK(model.tokens_per_second == 0);
}
