// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/half_of_all.hpp>
#include <support/masked_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model(const char* name = "llama-gqa") {
  return load<>(source_path(std::string("tests/data/arch/") + name));
}

}  // namespace

TEST_CASE("a trained model has no mask, in 16 bits neither") {
  for (const char* name : {"llama-gqa", "llama-gqa-bf16-sharded", "llama-gqa-f16-sharded"}) {
    const Graph graph = model(name);
    CHECK_FALSE(has_weight_mask(ModelView(graph)));
    for (const LinearZeros& kind : linear_zeros(ModelView(graph))) CHECK(kind.share() < 0.5);
  }
}

TEST_CASE("the zeros of every kind of linear are counted, also of what a plan leaves") {
  const Graph graph = masked_model(model(), {2, 4});
  const ModelView whole(graph);
  CHECK(has_weight_mask(whole));
  const std::vector<LinearZeros> all = linear_zeros(whole);
  REQUIRE(all.size() == 7);
  CHECK(all.front().role == TensorRole("q_proj"));
  CHECK(all.back().role == TensorRole("down_proj"));
  for (const LinearZeros& kind : all) {
    CHECK(kind.layers == graph.config().num_hidden_layers);
    CHECK(kind.share() == 50);
    CHECK(kind.pattern == NOfM{2, 4});
  }
  Plan plan = half_of_all(graph);
  plan.remove(mlp_of(0));
  const ModelView smaller(graph, plan);
  for (const LinearZeros& kind : linear_zeros(smaller)) {
    const bool mlp = kind.role == TensorRole("gate_proj") || kind.role == TensorRole("up_proj") ||
                     kind.role == TensorRole("down_proj");
    CHECK(kind.layers == graph.config().num_hidden_layers - (mlp ? 1 : 0));
    CHECK(kind.share() == 50);
  }
}

TEST_CASE("one linear with a mask is enough to have one, and spoils a common pattern") {
  Graph dense = model();
  const Graph masked = masked_model(dense, {2, 4});
  Weights weights = dense.weights();
  weights[mlp_of(1)][GatedMlp::down_proj] = masked.tensors(mlp_of(1))[GatedMlp::down_proj];
  const Graph one(dense.config(), weights, dense.storage(), dense.origin());
  CHECK(has_weight_mask(ModelView(one)));
  const LinearZeros down = linear_zeros(ModelView(one)).back();
  CHECK(down.share() == Approx(50.0 / static_cast<double>(down.layers)).margin(0.5));
  CHECK_FALSE(down.pattern);
}
