#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/search/search_space.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

/// Three layers; attention of 4 heads of 2 channels on 2 key/value heads, MLPs of 10 channels.
ModelConfig config() {
  ModelConfig config;
  config.num_hidden_layers = 3;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 2;
  config.intermediate_size = 10;
  return config;
}

constexpr BlockId attention(Index layer) {
  return {layer, BlockKind::attention};
}

constexpr BlockId mlp(Index layer) {
  return {layer, BlockKind::mlp};
}

}  // namespace

TEST_CASE("all attention blocks can be removed, then all MLPs, those that are gone excepted") {
  Plan plan(config());
  CHECK(BlockRemoval{}.moves(plan) ==
        std::vector<Move>{
            {attention(0), 0}, {attention(1), 0}, {attention(2), 0}, {mlp(0), 0}, {mlp(1), 0}, {mlp(2), 0}});
  plan.remove(attention(1));
  plan.remove(mlp(0));
  plan.set_width(mlp(2), 3);
  CHECK(BlockRemoval{}.moves(plan) ==
        std::vector<Move>{{attention(0), 0}, {attention(2), 0}, {mlp(1), 0}, {mlp(2), 0}});
  for (Index layer = 0; layer < 3; ++layer) {
    plan.remove(attention(layer));
    plan.remove(mlp(layer));
  }
  CHECK(BlockRemoval{}.moves(plan).empty());
}

TEST_CASE("blocks of one kind become narrower by a group, and never vanish") {
  Plan plan(config());
  const WidthReduction by_four(config(), BlockKind::mlp, 4), by_ten(config(), BlockKind::mlp, 10);
  plan.set_width(mlp(1), 5);
  plan.set_width(mlp(2), 4);
  CHECK(by_four.moves(plan) == std::vector<Move>{{mlp(0), 6}, {mlp(1), 1}});
  CHECK(by_ten.moves(plan).empty());
  plan.remove(mlp(0));
  CHECK(by_four.moves(plan) == std::vector<Move>{{mlp(1), 1}});

  const WidthReduction heads(config(), BlockKind::attention, 4);
  plan.set_width(attention(0), 4);
  CHECK(heads.moves(plan) == std::vector<Move>{{attention(1), 4}, {attention(2), 4}});
}

TEST_CASE("groups that are no whole units are refused") {
  const auto make = [](BlockKind kind, Index group) { static_cast<void>(WidthReduction(config(), kind, group)); };
  CHECK_NOTHROW(make(BlockKind::mlp, 1));
  CHECK_NOTHROW(make(BlockKind::attention, 8));
  expect_error<OptionError>([&] { make(BlockKind::mlp, 0); }, {"mlp group", "0 channels", "multiple of 1"});
  expect_error<OptionError>([&] { make(BlockKind::mlp, -4); }, {"mlp group", "-4 channels"});
  expect_error<OptionError>([&] { make(BlockKind::attention, 2); }, {"attention group", "2 channels", "multiple of 4"});
  expect_error<OptionError>([&] { make(BlockKind::attention, 6); }, {"attention group", "multiple of 4"});
  expect_error<OptionError>([&] { make(BlockKind::attention, 0); }, {"attention group"});
}

TEST_CASE("blocks to keep are never moved") {
  const Plan plan(config());
  const ProtectedBlocks keep{attention(0), mlp(2)};
  CHECK(BlockRemoval{keep}.moves(plan) ==
        std::vector<Move>{{attention(1), 0}, {attention(2), 0}, {mlp(0), 0}, {mlp(1), 0}});
  CHECK(WidthReduction(config(), BlockKind::mlp, 4, keep).moves(plan) == std::vector<Move>{{mlp(0), 6}, {mlp(1), 6}});
  CHECK(WidthReduction(config(), BlockKind::attention, 4, keep).moves(plan) ==
        std::vector<Move>{{attention(1), 4}, {attention(2), 4}});
}
