// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/small_run.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/run/model_description.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/sparsify_run.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

ModelDescription described(const std::filesystem::path& folder) {
  return describe_model(load<>(folder), folder);
}

}  // namespace

TEST_CASE("A description of a dense model tells its sizes, and of nothing removed") {
  const SmallRun inputs;
  const ModelDescription model = described(inputs.directory / "model");
  CHECK_FALSE(model.pruning);
  CHECK(model.sparse.empty());
  CHECK_THAT(to_text(model), Catch::StartsWith("model       model, llama, ") &&
                                 Catch::Contains("hidden 16, 3 layers, 4 heads of 4 over 2 key/value heads,\n") &&
                                 Catch::Contains("0.00 % removed") && !Catch::Contains("Zeros"));
  const nlohmann::ordered_json json = to_json(model);
  CHECK(json.at("config").at("intermediate_size") == 24);
  CHECK(json.at("layers").size() == 3);
  CHECK(json.at("ratio") == 0);
  CHECK(json.at("multipruner").is_null());
}

TEST_CASE("A description of a pruned and sparse model tells what is gone, and how") {
  const SmallRun inputs;
  const FinishedRun pruned = PruningRun(inputs.spec(), {.out = inputs.out()}, SmallRun::environment()).run();
  SparsifyRun({.model = inputs.out(),
               .pattern = "2:4",
               .skip = {"attention"},
               .calibration = inputs.directory / "text.txt",
               .windows = {.seqlen = 16, .max_windows = 4}},
              {.out = inputs.out("sparse")}, SmallRun::environment())
      .run();
  const ModelDescription model = described(inputs.out("sparse"));
  CHECK(model.pruning);
  REQUIRE_FALSE(model.sparse.empty());
  for (const SparseTensor& tensor : model.sparse) CHECK(tensor.pattern == "2:4");
  CHECK_THAT(to_text(model), Catch::Contains("made from   ") &&
                                 Catch::Contains("removed     attention of layers: none") &&
                                 Catch::Contains("everywhere in the pattern 2:4"));
  const nlohmann::ordered_json json = to_json(model);
  CHECK(json.at("ratio") == pruned.result.ratio);
  CHECK(json.at("sparsity").size() == model.sparse.size());
  CHECK(json.at("multipruner").at("settings").at("pattern") == "2:4");
}

TEST_CASE("A description names the file that is wrong") {
  const SmallRun inputs;
  write_file(inputs.directory / "model/multipruner.json", "[]");
  expect_error<DataError>([&] { described(inputs.directory / "model"); }, {"multipruner.json", "not a JSON object"});
}
