// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

FinishedRun prune(const RunSpec& spec, const std::filesystem::path& out) {
  return PruningRun(spec, {.out = out}, SmallRun::environment()).run();
}

}  // namespace

TEST_CASE("Every policy that ships makes a model of the size that was asked for, the same one every time") {
  const std::string policy =
      GENERATE(as<std::string>{}, "multipruner", "evol", "allocation", "blockpruner", "shortgpt", "relative-magnitude",
               "consecutive-layers", "laco", "slicegpt", "one-shot", "uniform", "random");
  CAPTURE(policy);
  const SmallRun inputs(6);
  RunSpec spec = inputs.spec();
  spec.policy = policy;
  spec.ratio = 15;
  if (policy == "laco") spec.merge_layers = 2;
  const bool narrows = policy == "multipruner" || policy == "evol" || policy == "allocation" || policy == "one-shot" ||
                       policy == "uniform" || policy == "random";
  if (!narrows) spec.mlp_group.reset();
  const FinishedRun done = prune(spec, inputs.out());
  CHECK(done.result.outcome == SearchOutcome::reached);
  CHECK(done.result.ratio >= 15);
  CHECK(done.result.ratio < (policy == "slicegpt" ? 60 : 30));  // whose stream has 16 channels or 8
  const Graph written = load<Llama>(inputs.out());
  CHECK((done.result.graph.has_value() || Plan(written) == done.result.plan));
  CHECK(pruning_ratio(written.config(), Plan(written)) == Approx(done.result.ratio));
  CHECK(done.log.json().at("args").at("policy") == policy);
  CHECK(read_file(inputs.out() / "README.md").find("Nothing was trained") != std::string::npos);

  (void)prune(spec, inputs.out("again"));
  CHECK(read_file(inputs.out() / "model.safetensors") == read_file(inputs.out("again") / "model.safetensors"));
}

TEST_CASE("Steps of policies that measure nothing are told and can be extracted") {
  const std::string policy = GENERATE(as<std::string>{}, "one-shot", "uniform", "random");
  CAPTURE(policy);
  const SmallRun inputs;
  RunSpec spec = inputs.spec("reference");
  spec.policy = policy;
  spec.ratio = 20;
  const FinishedRun whole = prune(spec, inputs.out());
  PastRun past(inputs.out(), {}, SmallRun::environment());
  const std::size_t steps = past.steps_until(10);
  CHECK(steps < whole.result.steps.size());
  (void)past.extract(steps, inputs.out("point"));
  CHECK(past.verify(0).problems.empty());
  if (policy == "random") return;  // whose stages end elsewhere
  spec.ratio = 10;
  (void)prune(spec, inputs.out("shorter"));
  CHECK(read_file(inputs.out("point") / "model.safetensors") == read_file(inputs.out("shorter") / "model.safetensors"));
}

TEST_CASE("Policies on whole blocks and layers take a number instead of a ratio") {
  const std::string policy =
      GENERATE(as<std::string>{}, "blockpruner", "shortgpt", "relative-magnitude", "consecutive-layers");
  CAPTURE(policy);
  const SmallRun inputs(4);
  RunSpec spec = inputs.spec("reference");
  spec.policy = policy;
  spec.mlp_group.reset();
  spec.count = 2;
  expect_error<OptionError>([&] { validate(spec); }, {"--count", "--ratio"});
  spec.ratio.reset();
  const FinishedRun done = prune(spec, inputs.out());
  CHECK(done.result.plan.removed_blocks().size() == (policy == "blockpruner" ? 2 : 4));
}

TEST_CASE("The parameters that are to be left may be given in place of a ratio") {
  const SmallRun inputs(4);
  RunSpec spec = inputs.spec("reference");
  spec.parameters = 12000;
  expect_error<OptionError>([&] { validate(spec); }, {"--parameters", "--ratio"});
  spec.ratio.reset();
  const FinishedRun done = prune(spec, inputs.out());
  const Index left = count_parameters(load<Llama>(inputs.out()).config(), done.result.plan);
  CHECK(left <= 12000);
  CHECK(left > 11000);
  CHECK(done.result.outcome == SearchOutcome::reached);
  RunSpec by_ratio = inputs.spec("reference");
  by_ratio.ratio = PruningRun(spec, {}, SmallRun::environment()).spec().ratio;
  (void)prune(by_ratio, inputs.out("by ratio"));
  CHECK(read_file(inputs.out("by ratio") / "log.json") == read_file(inputs.out() / "log.json"));
  spec.parameters = 1'000'000;
  expect_error<OptionError>([&] { (void)prune(spec, inputs.out("none")); }, {"--parameters", "only"});
}

TEST_CASE("A policy that makes another model is written whole; its points are not extracted") {
  const SmallRun inputs(6);
  RunSpec spec = inputs.spec();
  spec.policy = "laco";
  spec.mlp_group.reset();
  spec.merge_layers = 2;
  const FinishedRun done = prune(spec, inputs.out());
  REQUIRE(done.result.graph);
  PastRun past(inputs.out(), {}, SmallRun::environment());
  expect_error<OptionError>([&] { (void)past.extract(1, inputs.out("point")); }, {"extract", "laco"});
  CHECK(past.verify(0).problems.empty());
}

TEST_CASE("The metric kl decides by the divergence from the whole model") {
  const SmallRun inputs;
  RunSpec spec = inputs.spec("reference");
  spec.metric = "kl";
  const FinishedRun done = prune(spec, inputs.out());
  REQUIRE_FALSE(done.result.steps.empty());
  for (const PruningStep& step : done.result.steps) {
    CHECK(step.search.cost >= 0);
    CHECK(step.search.cost < 1);  // a loss of a random model would be that of all 258 tokens alike
  }
  CHECK(read_file(inputs.out() / "README.md").find("KL divergence from the unpruned model") != std::string::npos);
  PastRun past(inputs.out(), {}, SmallRun::environment());
  CHECK(past.verify(0).problems.empty());
}

TEST_CASE("What means nothing to a policy is refused, with the policies that it is for") {
  const SmallRun inputs;
  const auto refuses = [&](const char* policy, auto change, const std::vector<std::string>& words) {
    RunSpec spec = inputs.spec();
    spec.policy = policy;
    spec.mlp_group.reset();
    change(spec);
    expect_error<OptionError>([&] { validate(spec); }, words);
  };
  refuses("uniform", [](RunSpec& spec) { spec.distribution = "44:52:4"; },
          {"--distribution", "uniform", "multipruner"});
  refuses("one-shot", [](RunSpec& spec) { spec.stages = "mlp:1"; }, {"--stages", "one-shot", "random"});
  refuses("random", [](RunSpec& spec) { spec.search = "lazy"; }, {"--search", "random", "multipruner"});
  refuses("uniform", [](RunSpec& spec) { spec.ratio.reset(); }, {"--ratio", "missing"});
  refuses("uniform", [](RunSpec& spec) { spec.ratio = 100; }, {"--ratio"});
  refuses("shortgpt", [](RunSpec& spec) { spec.never_past = true; }, {"--never-past", "shortgpt"});
  refuses("multipruner", [](RunSpec& spec) { spec.count = 3; }, {"--count", "multipruner", "blockpruner"});
  refuses("laco", [](RunSpec& spec) { spec.merge = "mean"; }, {"--merge", "mean"});
  refuses("laco", [](RunSpec& spec) { spec.merge_threshold = 0.5; }, {"--merge-threshold", "--ratio"});
  refuses("slicegpt", [](RunSpec& spec) { spec.slicing = 30; }, {"--slicing", "--ratio"});
  refuses("slicegpt", [](RunSpec& spec) { spec.compensate = "stream-matching"; }, {"--compensate", "slicegpt"});
  refuses("slicegpt", [](RunSpec& spec) { spec.keep = {"first"}; }, {"--keep", "slicegpt"});
  refuses("best", [](RunSpec&) {}, {"--policy", "best", "uniform"});

  RunSpec unordered = inputs.spec();
  unordered.policy = "one-shot";
  unordered.reorder = "none";
  expect_error<OptionError>([&] { (void)prune(unordered, inputs.out()); }, {"one-shot", "--reorder none"});
}
