// SPDX-License-Identifier: MIT
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/random_windows.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/run/run_compensation.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const nlohmann::json config{
    {"model_type", "llama"},  {"vocab_size", 40},         {"hidden_size", 16},        {"intermediate_size", 24},
    {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}, {"max_position_embeddings", 64},
    {"rms_norm_eps", 1e-5}};

struct NarrowedModel {
  TemporaryDirectory directory;
  Graph graph = make();
  TokenWindows windows = random_windows(graph, 8, 32);
  Plan plan = narrowed();

  [[nodiscard]] Graph make() const {
    RandomCheckpoint::make<Llama>(config).write(directory / "model");
    return load<>(directory / "model");
  }

  [[nodiscard]] Plan narrowed() const {
    Plan result(graph);
    for (const Index layer : {0, 1}) result.set_width(*graph.config().blocks.find(layer, "mlp"), 8);
    return result;
  }
};

RunCompensationOptions by(const std::string& name) {
  return {.method = shipped_compensation_methods().at(name)};
}

}  // namespace

TEST_CASE("Methods do what their compensators do") {
  const NarrowedModel model;
  const ModelView pruned(model.graph, model.plan);
  RunCompensationOptions options = by("stream-matching");
  options.settings.ridges = {0.5};
  const RunCompensation compensation(options, model.graph, model.windows);
  const CompensationChoice choice = compensation.compensate(pruned);
  REQUIRE(choice.tried.size() == 1);
  REQUIRE(choice.model);  // random weights leave much to be made up for
  const HeldOutSplit split = split_held_out(model.windows);
  const CompensatedModel expected =
      StreamMatching({.ridge = 0.5}).compensate(ModelView(model.graph), pruned, split.fit, silent_progress());
  CHECK(fingerprint_of_weights(choice.model->graph).text() == fingerprint_of_weights(expected.graph).text());
  CHECK(choice.loss == evaluate_perplexity(ModelView(expected.graph), split.held_out).mean_nll);
  CHECK(compensation.outputs(model.graph) == nullptr);
  CHECK_THAT(describe(options.method, choice), Catch::Contains("stream-matching, ridge 0.500: "));
  const nlohmann::ordered_json json = to_json(options, choice);
  CHECK(json.at("method") == "stream-matching");
  CHECK(json.at("weights").size() == choice.model->weights.size());
}

TEST_CASE("Local outputs are in the candidates, and are a trial of their own at the end") {
  const NarrowedModel model;
  const RunCompensation compensation(by("local+stream-matching"), model.graph, model.windows);
  const std::unique_ptr<BlockSource> outputs = compensation.outputs(model.graph);
  REQUIRE(outputs);
  const ModelView pruned(model.graph, model.plan, outputs.get());
  CompensationChoice choice = compensation.compensate(pruned);
  REQUIRE(choice.tried.size() == 4);
  CHECK_FALSE(choice.tried.front().ridge);
  CHECK(smaller_graph(std::move(choice), pruned).width(*model.graph.config().blocks.find(0, "mlp")) == 8);
}

TEST_CASE("None leaves what the plan leaves") {
  const NarrowedModel model;
  const RunCompensation compensation({}, model.graph, model.windows);
  const CompensationChoice choice = compensation.compensate(ModelView(model.graph, model.plan));
  CHECK_FALSE(choice.model);
  CHECK(choice.tried.empty());
}

TEST_CASE("A user's method joins those that ship, and is used only where it helps") {
  const NarrowedModel model;
  Registry<CompensationMethod> methods = shipped_compensation_methods();
  methods.add({.name = "nothing",
               .solve = [](const ModelView&, const ModelView& pruned, const TokenWindows&, double,
                           const CompensationSettings&, ProgressSink&) { return CompensatedModel{extract(pruned)}; }});
  const RunCompensationOptions options{.method = methods.at("nothing")};
  const CompensationChoice choice =
      RunCompensation(options, model.graph, model.windows).compensate(ModelView(model.graph, model.plan));
  CHECK(choice.tried.size() == 3);
  CHECK_FALSE(choice.model);
  CHECK_THAT(describe(options.method, choice), Catch::StartsWith("none: nothing was no better than "));
}

TEST_CASE("Settings that cannot work are refused by the option's name") {
  const auto expect = [](const RunCompensationOptions& options, const std::string& part) {
    expect_error<OptionError>([&] { options.validate(); }, {part});
  };
  RunCompensationOptions options = by("local");
  options.settings.bias = true;
  expect(options, "--compensate-bias");
  options = by("none");
  options.every = 5;
  expect(options, "--compensate-every: nothing compensates");
  options = by("stream-matching");
  options.settings.ridges = {0.1, 0};
  expect(options, "--ridge");
  options = by("stream-matching");
  options.settings.ridges.clear();
  expect(options, "--ridge: there is none to choose from");
  options = by("stream-matching");
  options.settings.local_ridge = -1;
  expect(options, "--local-ridge");
  expect_error<OptionError>([] { static_cast<void>(shipped_compensation_methods().at("prayer")); },
                            {"--compensate: \"prayer\" is not known", "local+stream-matching"});
}
