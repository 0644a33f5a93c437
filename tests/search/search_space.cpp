// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/two_axes.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/search/search_space.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Three layers; attention of 4 heads of 2 channels on 2 key/value heads, MLPs of 10 channels.
ModelConfig config() {
  DecoderConfig config;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 2;
  config.intermediate_size = 10;
  config.hidden_size = config.vocab_size = 8;
  return to_model(config);
}

constexpr BlockId attention(Index layer) {
  return attention_of(layer);
}

constexpr BlockId mlp(Index layer) {
  return mlp_of(layer);
}

}  // namespace

TEST_CASE("all attention blocks can be removed, then all MLPs, those that are gone excepted") {
  Plan plan(config());
  CHECK(BlockRemoval{}.edits(plan) == std::vector<Edit>{narrowed(attention(0), 0), narrowed(attention(1), 0),
                                                        narrowed(attention(2), 0), narrowed(mlp(0), 0),
                                                        narrowed(mlp(1), 0), narrowed(mlp(2), 0)});
  plan.remove(attention(1));
  plan.remove(mlp(0));
  plan.set_width(mlp(2), 3);
  CHECK(BlockRemoval{}.edits(plan) == std::vector<Edit>{narrowed(attention(0), 0), narrowed(attention(2), 0),
                                                        narrowed(mlp(1), 0), narrowed(mlp(2), 0)});
  for (Index layer = 0; layer < 3; ++layer) {
    plan.remove(attention(layer));
    plan.remove(mlp(layer));
  }
  CHECK(BlockRemoval{}.edits(plan).empty());
}

TEST_CASE("blocks of one kind become narrower by a group, and never vanish") {
  Plan plan(config());
  const WidthReduction by_four(config(), "MLP channels", 4), by_ten(config(), "MLP channels", 10);
  plan.set_width(mlp(1), 5);
  plan.set_width(mlp(2), 4);
  CHECK(by_four.edits(plan) == std::vector<Edit>{narrowed(mlp(0), 6), narrowed(mlp(1), 1)});
  CHECK(by_ten.edits(plan).empty());
  plan.remove(mlp(0));
  CHECK(by_four.edits(plan) == std::vector<Edit>{narrowed(mlp(1), 1)});

  const WidthReduction heads(config(), "attention heads", 4);
  plan.set_width(attention(0), 4);
  CHECK(heads.edits(plan) == std::vector<Edit>{narrowed(attention(1), 4), narrowed(attention(2), 4)});
}

TEST_CASE("all blocks become narrower at once, as long as none would vanish") {
  Plan plan(config());
  const AlikeReduction by_four(config(), "MLP channels", 4);
  plan.remove(mlp(1));
  CHECK(by_four.edits(plan) ==
        std::vector<Edit>{Edit(std::vector<BlockChoice>{narrowed(mlp(0), 6), narrowed(mlp(2), 6)})});
  plan.set_width(mlp(2), 4);
  CHECK(by_four.edits(plan).empty());
  for (Index layer = 0; layer < 3; ++layer) plan.remove(mlp(layer));
  CHECK(by_four.edits(plan).empty());
  expect_error<OptionError>([&] { (void)AlikeReduction(config(), "MLP channels", 4, {mlp(1)}); },
                            {"blocks to keep", "layer 1 mlp"});
  CHECK_NOTHROW(AlikeReduction(config(), "MLP channels", 4, {attention(1)}));
}

TEST_CASE("whole layers go at once, with what is left of them, unless a block of theirs is kept") {
  Plan plan(config());
  plan.remove(attention(1));
  const auto edits = LayerRemoval{}.edits(plan);
  REQUIRE(edits.size() == 3);
  CHECK(edits[0] == Edit(std::vector<BlockChoice>{{attention(0), {}}, {mlp(0), {}}}));
  CHECK(edits[1] == Edit(BlockChoice{mlp(1), {}}));
  CHECK(LayerRemoval{{mlp(2)}}.edits(plan).size() == 2);
  CHECK(LayerRemoval{{attention(1)}}.edits(plan).size() == 2);  // it is gone, and its layer is to stay
  plan.remove(mlp(1));
  CHECK(LayerRemoval{}.edits(plan).size() == 2);
}

TEST_CASE("a switch is turned off once, and its block stays") {
  ModelConfig model = config();
  model.blocks = BlockList({BlockSpec::of<TwoAxes>({}, 0, 8), BlockSpec::of<TwoAxes>({}, 1, 8)});
  Plan plan(model);
  const WidthReduction scans(model, "scans", 1);
  const Choice off{{6, 0}};
  CHECK(scans.edits(plan) == std::vector<Edit>{BlockChoice{{0}, off}, BlockChoice{{1}, off}});
  plan.set_choice({0}, off);
  CHECK_FALSE(plan.removed({0}));
  CHECK(scans.edits(plan) == std::vector<Edit>{BlockChoice{{1}, off}});
  plan.remove({1});
  CHECK(scans.edits(plan).empty());
  CHECK(WidthReduction(model, "channels", 2).edits(plan) == std::vector<Edit>{BlockChoice{{0}, {{4, 0}}}});
}

TEST_CASE("groups that are no whole units are refused") {
  const auto make = [](const char* axis, Index group) { static_cast<void>(WidthReduction(config(), axis, group)); };
  CHECK_NOTHROW(make("MLP channels", 1));
  CHECK_NOTHROW(make("attention heads", 8));
  expect_error<OptionError>([&] { make("MLP channels", 0); }, {"mlp group", "0 channels", "multiple of 1"});
  expect_error<OptionError>([&] { make("MLP channels", -4); }, {"mlp group", "-4 channels"});
  expect_error<OptionError>([&] { make("attention heads", 2); }, {"attention group", "2 channels", "multiple of 4"});
  expect_error<OptionError>([&] { make("attention heads", 6); }, {"attention group", "multiple of 4"});
  expect_error<OptionError>([&] { make("attention heads", 0); }, {"attention group"});
}

TEST_CASE("blocks to keep are never moved") {
  const Plan plan(config());
  const ProtectedBlocks keep{attention(0), mlp(2)};
  CHECK(BlockRemoval{keep}.edits(plan) == std::vector<Edit>{narrowed(attention(1), 0), narrowed(attention(2), 0),
                                                            narrowed(mlp(0), 0), narrowed(mlp(1), 0)});
  CHECK(WidthReduction(config(), "MLP channels", 4, keep).edits(plan) ==
        std::vector<Edit>{narrowed(mlp(0), 6), narrowed(mlp(1), 6)});
  CHECK(WidthReduction(config(), "attention heads", 4, keep).edits(plan) ==
        std::vector<Edit>{narrowed(attention(1), 4), narrowed(attention(2), 4)});
}
