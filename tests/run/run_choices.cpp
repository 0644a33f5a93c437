// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/sequential_choices.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("A preset fills in what is not said, and nothing else") {
  const RunSpec quality = with_preset({.ratio = 20}), reference = with_preset({.ratio = 20, .preset = "reference"});
  CHECK(quality.reorder == "output-norm");
  CHECK(quality.compensate == "stream-matching");
  CHECK(quality.distribution == "0:96:4");
  CHECK(reference.reorder == "l1");
  CHECK(reference.compensate == "none");
  CHECK(reference.distribution == "44:52:4");
  CHECK(with_preset(quality) == quality);
  const RunSpec own = with_preset({.ratio = 20, .distribution = "1:0:0", .reorder = "obs", .compensate = "local"});
  CHECK(own.reorder == "obs");
  CHECK(own.compensate == "local");
  CHECK(own.distribution == "1:0:0");
  CHECK_FALSE(with_preset({.depth_until = 10}).distribution);
  CHECK_FALSE(with_preset({.ratio = 20, .stages = "mlp:1"}).distribution);
}

TEST_CASE("Stages of a policy come from ratio and shares, from thresholds, or from a list") {
  const std::vector<PruningStage> shared = stages_of(sequential_options({.ratio = 20, .distribution = "50:50:0"}));
  REQUIRE(shared.size() == 2);
  CHECK(shared[0].until == 10);
  CHECK(shared[1].until == 20);
  const std::vector<PruningStage> limits = stages_of(sequential_options({.mlp_until = 12.5}));
  REQUIRE(limits.size() == 1);
  CHECK(limits[0].until == 12.5);
  const std::vector<PruningStage> listed =
      stages_of(sequential_options({.ratio = 20, .stages = "heads+mlp:1,blocks:3"}));
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].removes.size() == 2);
  CHECK(listed[0].until == 5);
}

TEST_CASE("Specs that cannot work are refused by the name of the option") {
  const auto refused = [](RunSpec spec, const std::vector<std::string>& parts) {
    spec.model = "model";
    spec.calibration = "text";
    expect_error<OptionError>([&] { validate(spec); }, parts);
  };
  expect_error<OptionError>([] { validate({.ratio = 20, .calibration = "text"}); }, {"--model_path: is missing"});
  expect_error<OptionError>([] { validate({.model = "model", .ratio = 20}); }, {"--calibration: is missing"});
  refused({}, {"--ratio: is missing"});
  refused({.ratio = 120}, {"--ratio"});
  refused({.ratio = 20, .preset = "fast"}, {"--preset: \"fast\" is not known", "quality or reference"});
  refused({.ratio = 20, .reorder = "magic"}, {"--reorder: \"magic\" is not known", "l1, "});
  refused({.ratio = 20, .compensate = "magic"}, {"--compensate: \"magic\" is not known"});
  refused({.ratio = 20, .distribution = "1:2"}, {"--distribution", "three numbers"});
  refused({.ratio = 20, .distribution = "1:0:0", .stages = "mlp:1"}, {"--stages"});
  refused({.ratio = 20, .stages = "tails:1"}, {"--stages", "tails"});
  refused({.ratio = 20, .stages = "mlp"}, {"--stages", "has no share"});
  refused({.ratio = 20, .stages = ""}, {"--stages", "has no share"});
  refused({.ratio = 20, .stages = "mlp:1,"}, {"--stages", "has no share"});
  refused({.ratio = 20, .stages = ":1"}, {"--stages"});
  refused({.ratio = 20, .depth_until = 5}, {"--depth-until"});
  refused({.ratio = 20, .sampling = "some"}, {"--sampling: \"some\" is not known"});
  refused({.ratio = 20, .confidence = 1}, {"--confidence"});
  refused({.ratio = 20, .preset = "reference", .compensate_every = 5}, {"--compensate-every: nothing compensates"});
  validate({.model = "model", .ratio = 20, .calibration = "text"});
}

TEST_CASE("A run chooses from the registries that it is given") {
  RunRegistries registries;
  registries.orderings.add({.name = "mine", .order = [](const UnitOrderInput&) { return std::vector<Index>{}; }});
  const RunSpec spec{.model = "model", .ratio = 20, .reorder = "mine", .calibration = "text"};
  CHECK(ordering_of(spec, registries).name == "mine");
  validate(spec, registries);
  CHECK_THROWS_AS(validate(spec), OptionError);
}
