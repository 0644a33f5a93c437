#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/model_view.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// The first `rows` rows and `columns` columns of a tensor, in place.
bool is_corner(const WeightView& part, const WeightView& whole, Index rows, Index columns) {
  return part.data == whole.data && part.dtype == whole.dtype && part.stride == whole.stride && part.rows == rows &&
         part.columns == columns;
}

}  // namespace

TEST_CASE("a narrowed block is the first rows and columns of its tensors, without a copy") {
  // 4 layers; hidden 64; 8 heads of 8 on 4 key/value heads; MLPs of 80; a bias on every linear.
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-all-biases"));
  const ModelConfig& config = graph.config();
  const Index hidden = config.hidden_size, group = config.group_width();
  Plan plan(graph);
  plan.set_width({1, BlockKind::attention}, group);
  plan.set_width({1, BlockKind::mlp}, 5);
  const ModelView view(graph, plan);

  const AttentionWeights a = *view.attention(1), whole = *graph.layer(1).attention;
  CHECK(is_corner(a.q_proj, whole.q_proj, group, hidden));
  CHECK(is_corner(a.q_bias, whole.q_bias, 1, group));
  CHECK(is_corner(a.k_proj, whole.k_proj, config.head_dim, hidden));
  CHECK(is_corner(a.k_bias, whole.k_bias, 1, config.head_dim));
  CHECK(is_corner(a.v_proj, whole.v_proj, config.head_dim, hidden));
  CHECK(is_corner(a.v_bias, whole.v_bias, 1, config.head_dim));
  CHECK(is_corner(a.o_proj, whole.o_proj, hidden, group));
  CHECK(is_corner(a.o_bias, whole.o_bias, 1, hidden));

  const MlpWeights m = *view.mlp(1), all = *graph.layer(1).mlp;
  CHECK(is_corner(m.gate_proj, all.gate_proj, 5, hidden));
  CHECK(is_corner(m.gate_bias, all.gate_bias, 1, 5));
  CHECK(is_corner(m.up_proj, all.up_proj, 5, hidden));
  CHECK(is_corner(m.up_bias, all.up_bias, 1, 5));
  CHECK(is_corner(m.down_proj, all.down_proj, hidden, 5));
  CHECK(is_corner(m.down_bias, all.down_bias, 1, hidden));
}

TEST_CASE("removed blocks are absent, and everything else is as it was") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Plan plan(graph);
  plan.remove({0, BlockKind::attention});
  plan.remove({3, BlockKind::mlp});
  const ModelView view(graph, plan);
  CHECK_FALSE(view.attention(0));
  CHECK_FALSE(view.mlp(3));
  const Weights weights = view.weights();
  CHECK_FALSE(weights.layers[0].attention);
  CHECK_FALSE(weights.layers[3].mlp);
  CHECK(is_corner(weights.layers[0].mlp->gate_proj, graph.layer(0).mlp->gate_proj, 80, 64));
  CHECK(is_corner(weights.layers[3].attention->o_proj, graph.layer(3).attention->o_proj, 64, 64));
  CHECK(weights.layers[0].attention_norm.data == graph.layer(0).attention_norm.data);
  CHECK(weights.embed_tokens.data == graph.weights().embed_tokens.data);
  CHECK(weights.lm_head.data == graph.weights().lm_head.data);
}

TEST_CASE("plans that do not fit the graph are refused") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const auto refused = [&](const Plan& plan, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { static_cast<void>(ModelView(graph, plan)); }, parts);
  };
  ModelConfig deeper = graph.config();
  deeper.num_hidden_layers = 5;
  refused(Plan(deeper), {"for 5 layers", "the model has 4"});
  refused({}, {"for 0 layers"});
  ModelConfig wider = graph.config();
  wider.intermediate_size = 81;
  refused(Plan(wider), {"layer 0 mlp", "width 81", "width 80"});
}

TEST_CASE("what a graph lacks already cannot come back") {
  const Graph dense = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Weights weights = dense.weights();
  weights.layers[1].mlp.reset();
  const Graph pruned(dense.config(), weights, dense.storage());
  CHECK_NOTHROW(ModelView(pruned));
  expect_error<OptionError>([&] { static_cast<void>(ModelView(pruned, Plan(dense))); }, {"layer 1 mlp", "width 80"});
}
