// SPDX-License-Identifier: MIT
#include "program.hpp"
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/sparsify_run.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("the library makes of one spec what the program makes of its options, byte for byte") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string preset = GENERATE("quality", "reference");
  run_successfully(quick_prune(directory / "program", {"--ratio", "12", "--preset", preset}));
  const RunSpec spec{.model = stories(),
                     .ratio = 12,
                     .preset = preset,
                     .calibration = stories() / "calibration.txt",
                     .seqlen = 64,
                     .max_windows = 4};
  const auto run = [&](const RunSpec& asked, const std::string& name) {
    PruningRun(asked, {.out = directory / name},
               {.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); }})
        .run();
    for (const char* file : {"model.safetensors", "pruning_config.json", "log.json"}) {
      CHECK(read_file(directory / name / file) == read_file(directory / "program" / file));
    }
  };
  run(spec, "library");
  const nlohmann::json log = nlohmann::json::parse(read_file(directory / "program" / "log.json"));
  run(run_spec_of_log({log.at("args"), "log.json"}), "from-the-log");
}

TEST_CASE("the library sets the weights to zero that the program does, byte for byte") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string pattern = GENERATE("50%", "2:4");
  run_successfully({"sparsify", stories(), "--calibration", stories() / "calibration.txt", "--eval-text",
                    stories() / "heldout.txt", "--seqlen", "64", "--max-windows", "4", "--pattern", pattern, "--skip",
                    "0", "--out", directory / "program"});
  const SparsifySpec spec{.model = stories(),
                          .pattern = pattern,
                          .skip = {"0"},
                          .calibration = stories() / "calibration.txt",
                          .eval_text = stories() / "heldout.txt",
                          .windows = {.seqlen = 64, .max_windows = 4}};
  SparsifyRun(spec, {.out = directory / "library"},
              {.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); }})
      .run();
  CHECK(contents_of(directory / "library") == contents_of(directory / "program"));
}
