// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/evaluation/latency_table.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/weight_bytes.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/sequential_choices.hpp>

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

TEST_CASE("Bytes and milliseconds may be the target; a latency table is measured once, kept, or given") {
  const SmallRun inputs(4);
  RunSpec spec = inputs.spec("reference");
  spec.ratio.reset();
  spec.bytes = 48000;
  const FinishedRun done = prune(spec, inputs.out());
  const Graph smaller = load<Llama>(inputs.out());
  CHECK(weight_bytes(smaller, Plan(smaller)) <= 48000);
  CHECK(weight_bytes(smaller, Plan(smaller)) > 44000);
  CHECK(done.result.outcome == SearchOutcome::reached);
  spec.bytes = 1'000'000;
  expect_error<OptionError>([&] { (void)prune(spec, inputs.out("none")); }, {"--bytes", "only"});
  spec.milliseconds = 1;
  expect_error<OptionError>([&] { validate(spec); }, {"--bytes", "Give one of them"});
  spec.bytes.reset();

  const Graph dense = load<Llama>(inputs.directory / "model");
  const Index heads = dense.width(attention_of(0)), channels = dense.width(mlp_of(0));
  const LatencyTable table(2, {{dense.spec(attention_of(0)).description(), {{{heads}, {1}}}},
                               {dense.spec(mlp_of(0)).description(), {{{channels / 2, channels}, {0.5, 1}}}}});
  write_json_file(inputs.directory / "table.json", table.to_json());
  spec.latency = inputs.directory / "table.json";
  spec.milliseconds = 7;  // of 10
  (void)prune(spec, inputs.out("fast"));
  CHECK(table.times_of(dense)(prune(spec, inputs.out("again")).result.plan) <= 7);
  CHECK(read_file(inputs.out("fast") / "model.safetensors") == read_file(inputs.out("again") / "model.safetensors"));
  CHECK(read_file(inputs.out("fast") / "README.md").find("of the time of a token") != std::string::npos);

  spec.latency.reset();
  spec.milliseconds.reset();
  spec.ratio = 20;
  spec.ratio_of = "milliseconds";
  spec.compare_by = "cost-per-millisecond";
  spec.stages = "blocks+mlp+heads:1";
  const FinishedRun measured = prune(spec, inputs.out("measured"));
  const auto kept = LatencyTable::from_json(JsonReader::open(inputs.out("measured") / latency_name)).times_of(dense);
  CHECK(kept(measured.result.plan) <= 0.8 * kept(Plan(dense)));
  spec.ratio_of = "hours";
  expect_error<OptionError>([&] { validate(spec); }, {"--ratio-of", "hours", "bytes"});
}

TEST_CASE("Several texts decide together, each as much as its weight says") {
  const SmallRun inputs;
  std::string text;
  for (int i = 0; i < 90; ++i) text += "ANOTHER TEXT " + std::to_string(i) + "\n";
  write_file(inputs.directory / "other.txt", text);
  RunSpec spec = inputs.spec("reference");
  const auto first_costs = [&](const std::string& name) {
    std::vector<PlanCost> costs;
    const FinishedRun done = prune(spec, inputs.out(name));
    for (const Candidate& candidate : done.result.steps.front().search.candidates) costs.push_back(candidate.cost);
    return costs;
  };
  spec.distribution = "1:0:0";
  const std::vector<PlanCost> one = first_costs("one");
  spec.calibration = inputs.directory / "other.txt";
  const std::vector<PlanCost> other = first_costs("other");
  spec.calibration = inputs.directory / "text.txt";
  spec.mix = {(inputs.directory / "other.txt").string() + ":3"};
  PruningRun run(spec, {.out = inputs.out("mixed")}, SmallRun::environment());
  const FinishedRun mixed = run.run();
  REQUIRE(one.size() == other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const PlanCost& cost = mixed.result.steps.front().search.candidates[i].cost;
    CAPTURE(i);
    if (!cost.exact || !one[i].exact || !other[i].exact) continue;  // others are bounds
    CHECK(cost.value == Approx((one[i].value + 3 * other[i].value) / 4).epsilon(1e-12));
  }
  PastRun past(inputs.out("mixed"), {}, SmallRun::environment());
  CHECK(past.verify(0).problems.empty());
  CHECK(parse_mixed_text("a:b.txt").file == "a:b.txt");
  CHECK(parse_mixed_text("a.txt:0.5").weight == 0.5);
  expect_error<OptionError>([&] { (void)parse_mixed_text("a.txt:0"); }, {"--mix", "above 0"});
}

TEST_CASE(
    "The usual search is lazy; exact with a confidence, the reference's preset, and policies that do not search") {
  const SmallRun inputs;
  RunSpec spec = inputs.spec();
  CHECK(search_of(spec) == "lazy");
  spec.confidence = 0.9;
  CHECK(search_of(spec) == "exact");
  validate(spec);
  CHECK(search_of(inputs.spec("reference")) == "exact");
  spec = inputs.spec();
  spec.policy = "blockpruner";
  CHECK(search_of(spec) == "exact");
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
