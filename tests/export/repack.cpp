// SPDX-License-Identifier: MIT
// Layers that a plan leaves, against all ways to cut its blocks into layers.

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/tiny_config.hpp>
#include <support/two_axes.hpp>

#include <multipruner/export/repack.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::vector<BlockId> kept_blocks(const Plan& plan) {
  std::vector<BlockId> kept;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    if (!plan.removed({position})) kept.push_back({position});
  }
  return kept;
}

/// The fewest layers of all cuts of a list of blocks into pieces of one block, or of attention and an MLP.
std::size_t fewest_layers(const std::vector<BlockId>& blocks, std::size_t first = 0) {
  if (first == blocks.size()) return 0;
  std::size_t fewest = 1 + fewest_layers(blocks, first + 1);
  const bool is_pair = first + 1 < blocks.size() && !is_mlp(blocks[first]) && is_mlp(blocks[first + 1]);
  return is_pair ? std::min(fewest, 1 + fewest_layers(blocks, first + 2)) : fewest;
}

}  // namespace

TEST_CASE("layers that a plan leaves keep the order of its blocks, and are as few as can be") {
  std::mt19937 random(1);
  const ModelConfig config = tiny_config(6);
  for (int trial = 0; trial < 500; ++trial) {
    Plan plan(config);
    const auto removed_of_ten = random() % 11;
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      if (random() % 10 < removed_of_ten) plan.remove({position});
    }
    const std::vector<BlockId> kept = kept_blocks(plan);
    std::vector<BlockId> in_layers;
    for (const PackedLayer& layer : repack(plan)) {
      REQUIRE((layer.attention || layer.mlp));
      if (layer.attention) {
        REQUIRE_FALSE(is_mlp(*layer.attention));
        in_layers.push_back(*layer.attention);
      }
      if (layer.mlp) {
        REQUIRE(is_mlp(*layer.mlp));
        in_layers.push_back(*layer.mlp);
      }
    }
    REQUIRE(in_layers == kept);
    REQUIRE(repack(plan).size() == fewest_layers(kept));
  }
}

TEST_CASE("attention shares a layer with the MLP behind it, whichever layer that is of") {
  Plan plan(tiny_config(3));
  CHECK(repack(plan) ==
        std::vector<PackedLayer>{{BlockId{0}, BlockId{1}}, {BlockId{2}, BlockId{3}}, {BlockId{4}, BlockId{5}}});
  plan.remove(mlp_of(0));
  plan.remove(attention_of(1));
  plan.remove(mlp_of(2));
  CHECK(repack(plan) == std::vector<PackedLayer>{{attention_of(0), mlp_of(1)}, {attention_of(2), {}}});
  plan.remove(attention_of(0));
  CHECK(repack(plan) == std::vector<PackedLayer>{{{}, mlp_of(1)}, {attention_of(2), {}}});
}

TEST_CASE("blocks of other kinds are refused by name") {
  ModelConfig config = tiny_config(1);
  config.blocks = BlockList({config.blocks[{0}], BlockSpec::of<TwoAxes>({}, 1, 8)});
  expect_error<OptionError>([&] { (void)repack(Plan(config)); }, {"layer 1 two axes", "no place"});
}
