// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/plan/plan.hpp>

using namespace multipruner;

namespace {

constexpr BlockId attention(Index layer) {
  return test::attention_of(layer);
}

constexpr BlockId mlp(Index layer) {
  return test::mlp_of(layer);
}

Graph model() {
  return load<Llama>(test::source_path("tests/data/arch/llama-gqa"));  // 4 layers, widths 64 and 80
}

}  // namespace

TEST_CASE("the plan of a dense model removes nothing") {
  const Graph graph = model();
  const Plan plan(graph);
  CHECK(plan == Plan(graph.config()));
  CHECK(plan.num_blocks() == 8);
  for (Index layer = 0; layer < 4; ++layer) {
    CHECK(plan.width(attention(layer)) == 64);
    CHECK(plan.width(mlp(layer)) == 80);
  }
  CHECK(plan.removed_blocks().empty());
  CHECK(Plan().num_blocks() == 0);
}

TEST_CASE("removed blocks are told in the order of the stream, each once") {
  Plan plan(model().config());
  plan.set_width(attention(3), 0);
  plan.remove(mlp(2));
  plan.remove(mlp(2));
  plan.set_width(mlp(1), 16);
  CHECK(plan.removed_blocks() == std::vector{mlp(2), attention(3)});
  CHECK(plan.removed(mlp(2)));
  CHECK(plan.removed(attention(3)));
  CHECK_FALSE(plan.removed(mlp(1)));
  CHECK(plan.width(mlp(1)) == 16);
}

TEST_CASE("a block that gets a width again counts as removed no more") {
  Plan plan(model().config());
  plan.remove(mlp(2));
  plan.remove(attention(0));
  plan.set_width(mlp(2), 80);
  CHECK(plan.removed_blocks() == std::vector{attention(0)});
  plan.remove(mlp(2));
  CHECK(plan.removed_blocks() == std::vector{attention(0), mlp(2)});
}

TEST_CASE("plans are equal if the same model is left") {
  const Plan dense(model().config());
  Plan a = dense, b = dense;
  a.remove(mlp(0));
  a.remove(mlp(1));
  CHECK(a != b);
  b.remove(mlp(1));
  b.remove(mlp(0));
  CHECK(a == b);
  b.set_width(attention(2), 16);
  CHECK(a != b);
}

TEST_CASE("an edit changes a copy: one block, or several") {
  const Plan dense(model().config());
  const Plan narrowed = apply(test::narrowed(mlp(3), 48), dense), removed = apply(BlockChoice{attention(1), {}}, dense);
  CHECK(narrowed.width(mlp(3)) == 48);
  CHECK(removed.removed_blocks() == std::vector{attention(1)});
  const Edit layer(std::vector<BlockChoice>{{attention(2), {}}, {mlp(2), {}}});
  CHECK(apply(layer, dense).removed_blocks() == std::vector{attention(2), mlp(2)});
  CHECK(layer.only_removes(dense.blocks()));
  CHECK_FALSE(Edit(test::narrowed(mlp(3), 48)).only_removes(dense.blocks()));
  CHECK(layer.removals(dense.blocks()) == std::vector{attention(2), mlp(2)});
  CHECK(layer.front() == BlockChoice{attention(2), {}});
  CHECK(apply(Edit{}, dense) == dense);
  test::expect_error<OptionError>([] { (void)Edit{}.front(); }, {"edit", "no block"});
  test::expect_error<OptionError>([&] { (void)apply(BlockChoice{{99}, {}}, dense); }, {"block 99"});
  CHECK(dense == Plan(model().config()));
}

TEST_CASE("the plan of a pruned graph tells its widths and removals") {
  const Graph dense = model();
  Weights weights = dense.weights();
  for (const BlockId block : {mlp(0), attention(1), mlp(3)}) test::take_away(weights, dense.config(), block);
  Tensors& narrow = weights[mlp(2)];
  for (const std::size_t slot : {GatedMlp::gate_proj, GatedMlp::up_proj}) narrow[slot] = narrow[slot].row_range(0, 33);
  narrow[GatedMlp::down_proj] = narrow[GatedMlp::down_proj].column_range(0, 33);
  const Plan plan(Graph(dense.config(), weights, dense.storage()));
  CHECK(plan.removed_blocks() == std::vector{mlp(0), attention(1), mlp(3)});
  CHECK(plan.width(mlp(2)) == 33);
  CHECK(plan.width(attention(2)) == 64);
}

TEST_CASE("blocks and widths that a plan cannot have are refused, and it stays as it is") {
  const Plan dense(model().config());
  Plan plan = dense;
  constexpr Index far = Index{1} << 62;
  for (const Index position : {Index{-1}, Index{8}, far, -far}) {
    const BlockId block{position};
    const auto refused = [&](auto&& action) {
      test::expect_error<OptionError>(action, {"plan", "block " + std::to_string(position), "8 blocks"});
    };
    refused([&] { (void)plan.width(block); });
    refused([&] { (void)plan.choice(block); });
    refused([&] { (void)plan.removed(block); });
    refused([&] { plan.remove(block); });
    refused([&] { plan.set_width(block, 16); });
    refused([&] { plan.set_width(block, 0); });
    refused([&] { plan.set_choice(block, {}); });
    refused([&] { (void)apply(BlockChoice{block, {}}, plan); });
  }
  const auto refused = [&](BlockId block, Index width, const std::vector<std::string>& parts) {
    test::expect_error<OptionError>([&] { plan.set_width(block, width); }, parts);
  };
  refused(mlp(2), 81, {"layer 2 mlp", "width 81", "width 80"});
  refused(mlp(2), -1, {"layer 2 mlp", "width -1"});
  refused(mlp(2), far, {"layer 2 mlp"});
  refused(attention(1), 24, {"layer 1 attention", "width 24", "steps of 16"});
  refused(attention(1), 80, {"layer 1 attention", "width 80"});
  test::expect_error<OptionError>([&] { plan.set_width({mlp(2), 1}, 1); }, {"layer 2 mlp"});
  test::expect_error<OptionError>([&] { plan.set_choice(mlp(2), {{80, 1}}); }, {"layer 2 mlp"});
  test::expect_error<OptionError>([&] { plan.set_width({mlp(2), most_axes}, 1); }, {"layer 2 mlp"});
  CHECK(plan == dense);
  CHECK(plan.removed_blocks().empty());
  test::expect_error<OptionError>([] { (void)Plan().width({}); }, {"0 blocks"});
}

TEST_CASE("the plan of a model without blocks has none") {
  const Plan plan(ModelConfig{});
  CHECK(plan.num_blocks() == 0);
  CHECK(plan == Plan());
}
