// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
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
  // 6 heads of 8 on 3 key/value heads; a bias on every linear.
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-all-biases"));
  const Index hidden = graph.config().hidden_size, group = 16, head = 8;
  CHECK(graph.unit_width(attention_of(1)) == group);
  Plan plan(graph);
  plan.set_width(attention_of(1), group);
  plan.set_width(mlp_of(1), 5);
  const ModelView view(graph, plan);

  const BlockView a = view.block(attention_of(1));
  const auto& whole = graph.tensors(attention_of(1));
  CHECK(a.choice == Choice{{group, 0}});
  CHECK(is_corner(a[Attention::norm], whole[Attention::norm], 1, hidden));
  CHECK(is_corner(a[Attention::q_proj], whole[Attention::q_proj], group, hidden));
  CHECK(is_corner(a[Attention::q_bias], whole[Attention::q_bias], 1, group));
  CHECK(is_corner(a[Attention::k_proj], whole[Attention::k_proj], head, hidden));
  CHECK(is_corner(a[Attention::k_bias], whole[Attention::k_bias], 1, head));
  CHECK(is_corner(a[Attention::v_proj], whole[Attention::v_proj], head, hidden));
  CHECK(is_corner(a[Attention::v_bias], whole[Attention::v_bias], 1, head));
  CHECK(is_corner(a[Attention::o_proj], whole[Attention::o_proj], hidden, group));
  CHECK(is_corner(a[Attention::o_bias], whole[Attention::o_bias], 1, hidden));

  const BlockView m = view.block(mlp_of(1));
  const auto& all = graph.tensors(mlp_of(1));
  CHECK(is_corner(m[GatedMlp::norm], all[GatedMlp::norm], 1, hidden));
  CHECK(is_corner(m[GatedMlp::gate_proj], all[GatedMlp::gate_proj], 5, hidden));
  CHECK(is_corner(m[GatedMlp::gate_bias], all[GatedMlp::gate_bias], 1, 5));
  CHECK(is_corner(m[GatedMlp::up_proj], all[GatedMlp::up_proj], 5, hidden));
  CHECK(is_corner(m[GatedMlp::up_bias], all[GatedMlp::up_bias], 1, 5));
  CHECK(is_corner(m[GatedMlp::down_proj], all[GatedMlp::down_proj], hidden, 5));
  CHECK(is_corner(m[GatedMlp::down_bias], all[GatedMlp::down_bias], 1, hidden));
}

TEST_CASE("removed blocks are absent, and everything else is as it was") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.remove(mlp_of(3));
  const ModelView view(graph, plan);
  CHECK(view.block(attention_of(0)).is_gone());
  CHECK(view.block(mlp_of(3)).is_gone());
  const Weights weights = view.weights();
  const auto is_there = [&](BlockId block) { return is_present(graph.spec(block).kind(), weights[block]); };
  CHECK_FALSE(is_there(attention_of(0)));
  CHECK_FALSE(is_there(mlp_of(3)));
  const auto is_whole = [&](BlockId block, std::size_t slot, Index rows, Index columns) {
    return is_corner(weights[block][slot], graph.tensors(block)[slot], rows, columns);
  };
  CHECK(is_whole(mlp_of(0), GatedMlp::gate_proj, 80, 64));
  CHECK(is_whole(attention_of(3), Attention::o_proj, 64, 64));
  CHECK(is_whole(attention_of(0), Attention::norm, 1, 64));
  CHECK(weights.ends[Ends::embed_tokens].data == graph.embed_tokens().data);
  CHECK(weights.ends[Ends::lm_head].data == graph.lm_head().data);
}

TEST_CASE("plans that do not fit the graph are refused") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const auto refused = [&](const Plan& plan, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { static_cast<void>(ModelView(graph, plan)); }, parts);
  };
  const AttentionSpec attention = *graph.spec(attention_of(0)).as<Attention>();
  std::vector<BlockSpec> blocks(graph.config().blocks.begin(), graph.config().blocks.end());
  ModelConfig other = graph.config();
  blocks[1] = BlockSpec::of<GatedMlp>({.intermediate_size = 81}, 0, 64);
  other.blocks = BlockList(blocks);
  refused(Plan(other), {"layer 0 mlp", "width 81", "width 80"});
  blocks.push_back(BlockSpec::of<Attention>(attention, 4, 64));
  other.blocks = BlockList(blocks);
  refused(Plan(other), {"for 9 blocks", "the model has 8"});
  refused({}, {"for 0 blocks"});
}

TEST_CASE("what a graph lacks already cannot come back") {
  const Graph dense = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Weights weights = dense.weights();
  take_away(weights, dense.config(), mlp_of(1));
  const Graph pruned(dense.config(), weights, dense.storage());
  CHECK_NOTHROW(ModelView(pruned));
  expect_error<OptionError>([&] { static_cast<void>(ModelView(pruned, Plan(dense))); }, {"layer 1 mlp", "width 80"});
}

TEST_CASE("a block cannot be narrowed to more than is left of it") {
  const Graph graph = load<>(test::source_path("tests/data/arch/llama-gqa"));
  const Index whole = graph.width(test::mlp_of(1));
  CHECK_NOTHROW(narrowed(graph, test::mlp_of(1), {{whole, 0}}));
  for (const Choice& choice : {Choice{{whole + 1, 0}}, Choice{{-1, 0}}, Choice{{whole, 1}}}) {
    test::expect_error<OptionError>([&] { (void)narrowed(graph, test::mlp_of(1), choice); }, {"layer 1 mlp"});
  }
  test::expect_error<OptionError>([&] { (void)narrowed(graph, BlockId{99}, {}); }, {"block"});
  test::expect_error<OptionError>([&] { (void)graph.width({test::mlp_of(1), 1}); }, {"axis"});
  test::expect_error<OptionError>([&] { (void)Plan(graph).width({test::mlp_of(1), 5}); }, {"axis"});
}
