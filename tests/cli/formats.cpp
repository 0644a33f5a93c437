// SPDX-License-Identifier: MIT
#include <filesystem>
#include <string>
#include <vector>

#include "program.hpp"

using namespace multipruner::test;

TEST_CASE("a model is pruned into a GGUF file, with a folder that tells of it beside it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto command = quick_prune(directory / "small.gguf", {"--ratio", "10", "--gguf-type", "f16"});
  const ProgramResult result = run_successfully(command);
  CHECK_THAT(result.out, Catch::Contains("small.gguf"));
  CHECK(read_file(directory / "small.gguf").starts_with("GGUF"));
  CHECK(std::filesystem::exists(directory / "small.gguf.run/log.json"));
  CHECK_FALSE(std::filesystem::exists(directory / "small.gguf.run/model.gguf"));
  const ProgramResult again = run_program(command);
  CHECK(again.status != 0);
  CHECK_THAT(again.err, Catch::Contains("is there already") && Catch::Contains("--overwrite"));
  const ProgramResult other = run_program(quick_prune(directory / "b.gguf", {"--ratio", "10", "--format", "hf"}));
  CHECK_THAT(other.err, Catch::Contains("--out") && Catch::Contains("--format says hf"));
}

TEST_CASE("a pruned model is converted, and a configuration applied to its model") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "pruned", {"--ratio", "10", "--preset", "reference"}));
  const ProgramResult result =
      run_successfully({"convert", directory / "pruned", "--format", "hf,gguf", "--out", directory / "converted"});
  CHECK_THAT(result.out, Catch::Contains("hf,gguf") && Catch::Contains("removed"));
  CHECK(std::filesystem::exists(directory / "converted/gguf/model.gguf"));
  const std::string config = directory / "pruned/pruning_config.json";
  run_successfully({"prune", stories(), "--from-config", config, "--out", directory / "again"});
  CHECK(read_file(directory / "again/model.safetensors") == read_file(directory / "pruned/model.safetensors"));
  const ProgramResult both =
      run_program({"prune", stories(), "--from-config", config, "--ratio", "20", "--out", directory / "x"});
  CHECK(both.status == 2);
  CHECK_THAT(both.err, Catch::Contains("--ratio") && Catch::Contains("--from-config"));
  const ProgramResult unknown =
      run_program({"convert", directory / "pruned", "--format", "onnx", "--out", directory / "x"});
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Catch::Contains("--format") && Catch::Contains("mergekit"));
}
