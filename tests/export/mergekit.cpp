// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/mergekit.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/plan/extract.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("a plan of whole layers is a configuration for mergekit") {
  const Graph graph = load<>(source_path("examples/models/stories-1.6M"));  // 8 layers
  const TemporaryDirectory directory;
  save_as(Mergekit{}, ModelView(graph, without_layers(graph, {2, 5, 6})), directory / "plan");
  CHECK(read_file(directory / "plan/mergekit_config.yml") == R"(slices:
  - sources:
      - model: "stories-1.6M"
        layer_range: [0, 2]
  - sources:
      - model: "stories-1.6M"
        layer_range: [3, 5]
  - sources:
      - model: "stories-1.6M"
        layer_range: [7, 8]
merge_method: passthrough
dtype: bfloat16
)");
  CHECK_FALSE(std::filesystem::exists(directory / "plan/model.safetensors"));

  save_as(Mergekit{.model = "org/a \"name\""}, ModelView(graph, without_layers(graph, {0, 7})), directory / "named");
  CHECK(read_file(directory / "named/mergekit_config.yml") ==
        "slices:\n  - sources:\n      - model: \"org/a \\\"name\\\"\"\n        layer_range: [1, 7]\n"
        "merge_method: passthrough\ndtype: bfloat16\n");
}

TEST_CASE("other plans are refused by name") {
  const Graph graph = load<>(source_path("examples/models/stories-1.6M"));
  const auto refused = [](const ModelView& view, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { Mergekit{}.require_exportable(view); }, parts);
  };
  Plan plan(graph);
  plan.remove(mlp_of(3));
  refused(ModelView(graph, plan), {"layer 3 mlp", "whole layers"});
  plan = Plan(graph);
  plan.set_width(mlp_of(1), 100);
  refused(ModelView(graph, plan), {"layer 1 mlp", "leaves a part"});
  refused(ModelView(graph, without_layers(graph, {0, 1, 2, 3, 4, 5, 6, 7})), {"no layer"});
  const Graph pruned = extract(ModelView(graph, plan));
  refused(ModelView(pruned), {"layer 1 mlp", "no dense model"});
}
