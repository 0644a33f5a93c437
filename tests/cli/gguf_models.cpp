// SPDX-License-Identifier: MIT
// A GGUF file in the place of a model's folder.

#include "program.hpp"
#include <multipruner/io/gguf_file.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

std::vector<std::string> eval(const std::filesystem::path& model) {
  return {"eval", model, "--text", stories() / "heldout.txt", "--seqlen", "64", "--max-windows", "4", "--json"};
}

std::vector<std::string> prune(const std::filesystem::path& model, const std::filesystem::path& out,
                               const std::string& format) {
  std::vector<std::string> arguments = quick_prune(out, {"--ratio", "20", "--format", format});
  arguments[1] = model;
  return arguments;
}

double perplexity(const std::filesystem::path& model) {
  return run_successfully(eval(model)).json().at("perplexity").get<double>();
}

}  // namespace

TEST_CASE("a GGUF file is pruned as the folder is from which it was made, and goes to every format") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "stories/model.gguf", out = directory / "small";
  run_successfully({"convert", stories(), "--format", "gguf", "--out", directory / "stories"});
  CHECK(perplexity(model) == perplexity(stories()));
  CHECK_THAT(run_successfully({"inspect", model}).out, Catch::Contains("llama"));

  run_successfully(prune(model, out, "multipruner,hf,hf-deci,gguf"));
  run_successfully(prune(stories(), directory / "of folder", "multipruner"));
  CHECK(read_file(out / "pruning_config.json") == read_file(directory / "of folder/pruning_config.json"));
  const double expected = perplexity(directory / "of folder");
  CHECK(perplexity(out) == expected);
  for (const char* format : {"hf", "hf-deci", "gguf"}) {  // zeros change the order of sums
    INFO(format);
    CHECK(perplexity(out / format) == Approx(expected).epsilon(1e-4));
  }
  CHECK_THAT(read_file(out / "README.md"), Catch::Contains("model"));

  const GgufFile before(model), after(out / "gguf/model.gguf");
  for (const GgufEntry& key : before.keys()) {
    if (key.name().starts_with("tokenizer.")) CHECK(after.key(key.name()).copy().value == key.copy().value);
  }
  const json tokenizer = json::parse(read_file(out / "hf/tokenizer.json"));
  const json original = json::parse(read_file(stories() / "tokenizer.json"));
  CHECK(tokenizer.at("pre_tokenizer") == original.at("pre_tokenizer"));
  CHECK(tokenizer.at("model").at("vocab") == original.at("model").at("vocab"));
  CHECK(json::parse(read_file(out / "hf/generation_config.json")).at("eos_token_id") == 1023);
}
