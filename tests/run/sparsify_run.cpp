// SPDX-License-Identifier: MIT
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/small_run.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/run/sparsify_run.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

SparsifySpec spec_of(const SmallRun& inputs, std::string pattern = "2:4") {
  return {.model = inputs.directory / "model",
          .pattern = std::move(pattern),
          .calibration = inputs.directory / "text.txt",
          .windows = {.seqlen = 16, .max_windows = 4}};
}

FinishedSparsification sparsify_to(const SparsifySpec& spec, const std::filesystem::path& out) {
  return SparsifyRun(spec, {.out = out}, SmallRun::environment()).run();
}

/// How many things lie in a folder.
std::ptrdiff_t entries(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("A run that sets weights to zero writes the model, its card and its numbers") {
  const SmallRun inputs;
  SparsifySpec spec = spec_of(inputs);
  spec.eval_text = spec.calibration;
  const FinishedSparsification done = sparsify_to(spec, inputs.out());
  CHECK(done.result.linears.size() == 3 * 7);
  CHECK(total_sparsity(done.result.linears) == 50);
  REQUIRE(done.texts.size() == 2);
  CHECK(done.texts[0].shown == "text.txt");
  CHECK(done.texts[1].name == "held-out text");
  CHECK_FALSE(done.mask.has_mask());
  CHECK_THAT(done.tables, Catch::Contains("down_proj") && Catch::Contains("perplexity, held-out text"));

  const Graph sparse = load<>(inputs.out());
  for (const LinearZeros& kind : linear_zeros(ModelView(sparse))) CHECK(kind.pattern == NOfM{2, 4});
  const auto numbers = nlohmann::ordered_json::parse(read_file(inputs.out() / "sparsity.json"));
  CHECK(numbers == done.numbers.json());
  CHECK(numbers.at("settings").at("method") == "mrp-mm");
  CHECK(numbers.at("settings").at("calibration_windows") == 4);
  const auto metadata = nlohmann::ordered_json::parse(read_file(inputs.out() / "multipruner.json"));
  CHECK(metadata.at("settings") == numbers.at("settings"));
}

TEST_CASE("The card of a sparse model has the command, and no paths of the machine") {
  const SmallRun inputs;
  SparsifySpec spec = spec_of(inputs, "keep-1:4");
  spec.method = "mrp-sm";
  spec.solver = "cg";
  spec.damping = 0.5;
  spec.skip = {"attention", "0"};
  spec.seed = 7;
  sparsify_to(spec, inputs.out());
  const std::string card = read_file(inputs.out() / "README.md");
  CHECK_THAT(card, Catch::StartsWith("---\npipeline_tag: text-generation\n") && Catch::Contains("- sparse\n") &&
                       Catch::Contains("# model, weights 3:4 pruned") &&
                       Catch::Contains("multipruner sparsify MODEL --calibration TEXT --pattern 3:4 --method mrp-sm "
                                       "--solver cg --damping 0.5 --skip attention --skip 0 --seqlen 16 "
                                       "--max-windows 4 --seed 7 --out DIR\n") &&
                       Catch::Contains("of each 4 consecutive weights of a row 3 are removed and 1 stays") &&
                       Catch::Contains("- calibration text: text.txt, 4 windows of 16 tokens"));
  CHECK_THAT(card, !Catch::Contains(inputs.directory.path().string()));
}

TEST_CASE("What a run fills in of its spec makes the same bytes") {
  const SmallRun inputs;
  SparsifySpec spec = spec_of(inputs, GENERATE("50%", "2:4"));
  spec.windows.seqlen.reset();
  SparsifyRun run(spec, {.out = inputs.out()}, SmallRun::environment());
  CHECK(run.spec().method == (spec.pattern == "50%" ? "sparsegpt" : "mrp-mm"));
  CHECK(run.spec().windows.seqlen == 64);
  run.run();
  sparsify_to(run.spec(), inputs.out("again"));
  for (const char* file : {"model.safetensors", "sparsity.json", "README.md", "multipruner.json"}) {
    CHECK(read_file(inputs.out("again") / file) == read_file(inputs.out() / file));
  }
}

TEST_CASE("A run tells what it is about to do, and what becomes of a mask") {
  const SmallRun inputs;
  sparsify_to(spec_of(inputs), inputs.out());
  SparsifySpec spec = spec_of(inputs, "50%");
  spec.model = inputs.out();
  RunEnvironment environment = SmallRun::environment();
  std::string told, warned;
  environment.events.on_note = [&](std::string_view topic, std::string_view text) {
    told.append(topic).append(": ").append(text).append("\n");
  };
  environment.events.on_warning = [&](std::string_view text) { warned += text; };
  SparsifyRun run(spec, {.out = inputs.out("again")}, environment);
  run.introduce();
  CHECK_THAT(told, Catch::Contains("remove: 50% of the weights of 21 linears, by sparsegpt\n") &&
                       Catch::Contains("calibration: text.txt, 4 windows of 16 tokens\n"));
  CHECK_THAT(warned, Catch::Contains("the model already has a mask") && Catch::Contains("in the pattern 2:4"));
  const FinishedSparsification done = run.run();
  CHECK(done.mask.before.size() == done.mask.after.size());
  CHECK(done.numbers.json().at("settings").contains("weight_mask"));
  expect_error<OptionError>([&] { run.run(); }, {"run: it was already made or begun"});
}

TEST_CASE("A run that is given up anywhere writes nothing") {
  const SmallRun inputs;
  const std::ptrdiff_t before = entries(inputs.directory.path());
  bool reached = true;
  int given_up = 0;
  for (int after = 0; reached; after = after * 2 + 1) {
    CAPTURE(after);
    GivesUp progress(after);
    SparsifyRun run(spec_of(inputs, "50%"), {.out = inputs.out()}, SmallRun::environment());
    try {
      run.run(progress);
    } catch (const std::runtime_error&) {
      CHECK(entries(inputs.directory.path()) == before);
      ++given_up;
    }
    reached = progress.was_reached();
  }
  CHECK(given_up > 4);
  CHECK(std::filesystem::exists(inputs.out() / "config.json"));
}

TEST_CASE("Specs of sparse models that cannot work are refused by the name of the option") {
  const SmallRun inputs;
  const SparsifySpec good = spec_of(inputs);
  const auto refused = [&](const std::vector<std::string>& parts, auto change) {
    SparsifySpec spec = good;
    change(spec);
    expect_error<OptionError>([&] { SparsifyRun(spec, {.out = inputs.out()}, SmallRun::environment()); }, parts);
  };
  refused({"--model_path: is missing"}, [](SparsifySpec& spec) { spec.model.clear(); });
  refused({"--pattern: is missing"}, [](SparsifySpec& spec) { spec.pattern.clear(); });
  refused({"--calibration: is missing"}, [](SparsifySpec& spec) { spec.calibration.clear(); });
  refused({"--pattern", "half"}, [](SparsifySpec& spec) { spec.pattern = "half"; });
  refused({"--pattern: 1:3 does not divide the 16 columns"}, [](SparsifySpec& spec) { spec.pattern = "1:3"; });
  refused({"--method: \"magic\" is not known"}, [](SparsifySpec& spec) { spec.method = "magic"; });
  refused({"--solver: \"magic\" is not known"}, [](SparsifySpec& spec) { spec.solver = "magic"; });
  refused({"--damping: it must be 0 or more"}, [](SparsifySpec& spec) { spec.damping = -1; });
  refused({"--block: it must be 1 or more"}, [](SparsifySpec& spec) { spec.block = 0; });
  refused({"--damping: it has no effect with wanda"}, [](SparsifySpec& spec) {
    spec.method = "wanda";
    spec.damping = 0.1;
  });
  refused({"--skip", "\"norm\""}, [](SparsifySpec& spec) { spec.skip = {"norm"}; });
  refused({"--skip: it leaves nothing to prune"}, [](SparsifySpec& spec) { spec.skip = {"attention", "mlp"}; });
  refused({"--sampling: \"some\" is not known"}, [](SparsifySpec& spec) { spec.sampling = "some"; });
  const auto place_refused = [&](RunPlace place, const char* part) {
    expect_error<OptionError>([&] { SparsifyRun(good, place, SmallRun::environment()); }, {part});
  };
  place_refused({.out = good.model, .overwrite = true}, "--out");
  place_refused({.out = inputs.out(), .memory = 1 << 30}, "--memory");
  place_refused({.out = inputs.out(), .event_log = inputs.out("log")}, "--log-jsonl");
  expect_error<OptionError>([&] { SparsifyRun(good, {}, SmallRun::environment()).run(); }, {"--out: is missing"});
  CHECK_FALSE(std::filesystem::exists(inputs.out()));
}
