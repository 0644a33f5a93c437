// SPDX-License-Identifier: MIT
#include <algorithm>

#include "program.hpp"

using namespace multipruner::test;

namespace {

void check_refused(const std::string& recipe, const std::vector<std::string>& parts) {
  CAPTURE(recipe);
  const TemporaryDirectory directory;
  write_file(directory / "recipe.yaml", recipe);
  const ProgramResult result = run_program({"run", directory / "recipe.yaml", "--out", directory / "out"});
  CHECK(result.status == 3);
  for (const std::string& part : parts) CHECK_THAT(result.err, Catch::Contains(part));
  CHECK_FALSE(std::filesystem::exists(directory / "out"));
}

}  // namespace

TEST_CASE("the recipe of a run makes every byte of its folder again") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto options =
      GENERATE(std::vector<std::string>{"--ratio", "12", "--preset", "quality"},
               std::vector<std::string>{"--ratio", "10%", "--preset", "reference", "--confidence", "0.9"},
               std::vector<std::string>{"--mlp-until", "0.5%", "--heads-until", "2", "--keep", "first", "--seed", "7"});
  run_successfully(quick_prune(directory / "first", options));
  run_successfully({"run", directory / "first/recipe.yaml", "--out", directory / "second"});
  const auto without_journal = [](auto contents) {
    std::erase_if(contents, [](const auto& file) { return file.first.ends_with(".journal"); });
    return contents;
  };
  CHECK(without_journal(contents_of(directory / "second")) == without_journal(contents_of(directory / "first")));
}

TEST_CASE("a recipe is written by hand, in YAML or JSON") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = stories(), text = stories() / "calibration.txt";
  write_file(directory / "a.yaml",
             "# a comment\nmodel: " + model + "\ncalibration: '" + text +
                 "'\nratio: 10%\npreset: reference\nseqlen: 64\nmax_windows: 4\nkeep:\n  - first\n");
  write_file(directory / "b.json", "{\"model\": \"" + model + "\", \"calibration\": \"" + text +
                                       "\", \"ratio\": 10, \"preset\": \"reference\", \"seqlen\": 64, \"max_windows\": "
                                       "4, \"keep\": \"first\"}");
  for (const char* recipe : {"a.yaml", "b.json"}) {
    run_successfully({"run", directory / recipe, "--out", directory / (std::string(recipe) + ".out")});
  }
  CHECK(read_file(directory / "a.yaml.out/model.safetensors") == read_file(directory / "b.json.out/model.safetensors"));
  run_successfully(quick_prune(directory / "c", {"--ratio", "10", "--keep", "first"}));
  CHECK(read_file(directory / "a.yaml.out/log.json") == read_file(directory / "c/log.json"));
  run_successfully({"run", directory / "a.yaml", "--dry-run"});
}

TEST_CASE("the recipes of the paper's settings are read; what they lack here is the model") {
  std::size_t read = 0;
  for (const char* folder : {"published", "baselines"}) {
    for (const auto& entry : std::filesystem::directory_iterator(source_path("examples/recipes") / folder)) {
      CAPTURE(entry.path());
      const ProgramResult result = run_program({"run", entry.path(), "--dry-run"});
      CHECK(result.status == 3);
      CHECK_THAT(result.err, Catch::Contains("config.json") || Catch::Contains("no such folder"));
      ++read;
    }
  }
  CHECK(read == 16);
}

TEST_CASE("what a recipe cannot say is named with key, line and what it may be") {
  check_refused("model: m\ncalibration: t\nration: 20\n",
                {"recipe.yaml, line 3: ration: a run has no such key", "ratio"});
  check_refused("model: m\nratio: 0.2\n", {"line 2: ratio: 0.2 may be meant as a share of 1 or in percent"});
  check_refused("model: m\nratio: much\n", {"line 2: ratio: \"much\" is not a percentage"});
  check_refused("model: m\n\n\nkeep: [first, true]\n", {"line 4: keep[1]: expected a string"});
  check_refused("model: m\nsamples: 0\n", {"line 2: samples: expected a number in [1,"});
  check_refused("model: m\ncompute: int8\n", {"line 2: compute: \"int8\" is not known. Use float32 or bfloat16"});
  check_refused("model: m\nmodel: n\n", {"line 2: model: it is there twice"});
  check_refused("model: {a: b}\n", {"line 1: model: it is neither a word, a number, nor a list of these"});
  check_refused("model: [a\n", {"recipe.yaml, line ", "it is not valid YAML"});
  check_refused("just words\n", {"recipe.yaml: it has no keys"});
  check_refused("", {"recipe.yaml: it has no keys"});
  check_refused("model: \xff\n", {"recipe.yaml: it is not UTF-8 text"});
  check_refused(std::string("model: a\0b\n", 11), {"recipe.yaml: it is not UTF-8 text"});
}

TEST_CASE("a recipe without what a run needs is refused as the options are") {
  const TemporaryDirectory directory;
  write_file(directory / "recipe.yaml", "model: m\nratio: 20\n");
  CHECK_THAT(run_program({"run", directory / "recipe.yaml", "--out", directory / "out"}).err,
             Catch::Contains("--calibration: is missing"));
  write_file(directory / "recipe.yaml", "model: m\ncalibration: t\n");
  const ProgramResult result = run_program({"run", directory / "recipe.yaml", "--out", directory / "out"});
  CHECK(result.status == 2);
  CHECK_THAT(result.err, Catch::Contains("--ratio: is missing"));
  CHECK(run_program({"run", directory / "none.yaml", "--out", directory / "out"}).status == 3);
}
