// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/run/convert_model.hpp>
#include <multipruner/run/pruning_run.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("A configuration is applied to a dense model: the same bytes as the run that made it") {
  const SmallRun inputs(4);
  const FinishedRun run = PruningRun(inputs.spec("reference"), {.out = inputs.out()}, SmallRun::environment()).run();
  ConversionSpec spec{.model = inputs.spec().model, .format = "multipruner"};
  spec.config = inputs.out() / "pruning_config.json";
  const ConvertedModel made = convert_model(spec, inputs.out("again"), false, SmallRun::environment());
  CHECK(made.ratio == run.result.ratio);
  for (const char* file : {"model.safetensors", "pruning_config.json"}) {
    CHECK(read_file(inputs.out("again") / file) == read_file(inputs.out() / file));
  }
  spec.reorder = "none";
  (void)convert_model(spec, inputs.out("as they are"), false, SmallRun::environment());
  CHECK(read_file(inputs.out("as they are") / "model.safetensors") != read_file(inputs.out() / "model.safetensors"));
  spec.reorder = "obs";
  expect_error<OptionError>([&] { convert_model(spec, inputs.out("x"), false, SmallRun::environment()); },
                            {"--reorder", "obs", "calibration text"});
  spec.reorder.reset();
  spec.model = inputs.out();
  expect_error<OptionError>([&] { convert_model(spec, inputs.out("x"), false, SmallRun::environment()); },
                            {"--from-config", "pruned already"});
}

TEST_CASE("A pruned model is written in formats of other engines; its channels stay where they are") {
  const SmallRun inputs(4);
  (void)PruningRun(inputs.spec("reference"), {.out = inputs.out()}, SmallRun::environment()).run();
  ConversionSpec spec{.model = inputs.out(), .format = "hf,hf-deci,gguf", .gguf_type = "f32"};
  const ConvertedModel made = convert_model(spec, inputs.out("converted"), false, SmallRun::environment());
  REQUIRE_FALSE(made.padding.empty());
  CHECK_THAT(made.padding.front(), Catch::StartsWith("hf: ") && Catch::EndsWith("are zeros"));
  CHECK(made.parameters == count_parameters(load<Llama>(inputs.out()).config(), Plan(load<Llama>(inputs.out()))));
  CHECK_FALSE(std::filesystem::exists(inputs.out("converted") / "pruning_config.json"));
  CHECK(load(inputs.out("converted") / "hf-deci").config().model_type == "nemotron-nas");
  const GgufFile file(inputs.out("converted") / "gguf/model.gguf");
  CHECK(file.key("general.architecture").string() == "deci");
  spec.reorder = "l1";
  expect_error<OptionError>([&] { convert_model(spec, inputs.out("x"), false, SmallRun::environment()); },
                            {"--reorder", "--from-config"});
  spec.reorder.reset();
  spec.format = "hf";
  expect_error<OptionError>([&] { convert_model(spec, inputs.out("x"), false, SmallRun::environment()); },
                            {"--gguf-type", "--format gguf"});
  spec.gguf_type = "q4_k";
  spec.format = "gguf";
  expect_error<OptionError>([&] { convert_model(spec, inputs.out("x"), false, SmallRun::environment()); },
                            {"--gguf-type", "q4_k", "quantiser"});
}
