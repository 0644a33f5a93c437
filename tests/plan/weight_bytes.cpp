// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/weight_bytes.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("The bytes of a plan are those that are written of it") {
  const std::string name = GENERATE(as<std::string>{}, "llama-gqa", "qwen2");
  const Graph graph = load<Llama, Qwen2>(source_path("tests/data/arch/" + name));
  Plan plan(graph);
  CHECK(weight_bytes(graph, plan) == HuggingFaceLayout{}.bytes(ModelView(graph, plan)));
  plan.remove(attention_of(1));
  plan.set_choice(mlp_of(0), {{5, 0}});
  plan.set_choice(attention_of(2), {{graph.unit_width(attention_of(2)), 0}});
  const Index bytes = weight_bytes(graph, plan);
  CHECK(bytes == HuggingFaceLayout{}.bytes(ModelView(graph, plan)));
  CHECK(bytes < weight_bytes(graph, Plan(graph)));
  const Graph smaller = extract(ModelView(graph, plan));
  CHECK(weight_bytes(smaller, Plan(smaller)) == bytes);
  CHECK(weight_bytes(smaller, Plan(smaller.config())) == weight_bytes(graph, Plan(graph)));
}

TEST_CASE("The bytes of a plan of another model are refused") {
  const Graph graph = load<Llama, Qwen2>(source_path("tests/data/arch/qwen2"));
  expect_error<OptionError>([&] { (void)weight_bytes(graph, Plan()); }, {"plan", "number of blocks"});
}
