// SPDX-License-Identifier: MIT
#include "program.hpp"
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_field.hpp>
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
