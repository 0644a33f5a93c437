// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/two_axes.hpp>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/block_spec.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using Shape = std::optional<TensorShape>;

constexpr AttentionSpec small_attention{.num_attention_heads = 4, .num_key_value_heads = 2, .head_dim = 2};

BlockSpec attention() {
  return BlockSpec::of<Attention>(small_attention, 3, 6);
}

}  // namespace

TEST_CASE("a block knows its kind, its layer and its widths") {
  const BlockSpec block = attention();
  CHECK(&block.kind() == &kind_of<Attention>());
  CHECK(block.is<Attention>());
  CHECK_FALSE(block.is<GatedMlp>());
  REQUIRE(block.as<Attention>() != nullptr);
  CHECK(block.as<Attention>()->head_dim == 2);
  CHECK(block.as<GatedMlp>() == nullptr);
  CHECK(block.label() == "layer 3 attention");
  CHECK(block.axis(0) == AxisSize{8, 4});
  CHECK(block.whole() == Choice{{8, 0}});
  CHECK_FALSE(block.has_shortcut());
  expect_error<OptionError>([&] { (void)block.axis(1); }, {"axis"});

  const BlockSpec other = block.in_layer(7);
  CHECK(other.label() == "layer 7 attention");
  CHECK(other.spec() == block.spec());
  CHECK(block.layer() == 3);
}

TEST_CASE("a block allows whole units, no more than there are, along its own axes") {
  const BlockSpec block = attention();
  for (const Index width : {0, 4, 8}) CHECK(block.allows({{width, 0}}));
  for (const Index width : {-4, 2, 6, 12}) CHECK_FALSE(block.allows({{width, 0}}));
  CHECK_FALSE(block.allows({{4, 4}}));
  const BlockSpec two = BlockSpec::of<TwoAxes>({}, 0, 4);
  for (const Choice choice : {Choice{{6, 1}}, Choice{{2, 0}}, Choice{{0, 1}}, Choice{}}) CHECK(two.allows(choice));
  for (const Choice choice : {Choice{{3, 1}}, Choice{{6, 2}}, Choice{{6, -1}}}) CHECK_FALSE(two.allows(choice));
}

TEST_CASE("shapes and counts follow from a choice") {
  const BlockSpec block = attention();
  CHECK(block.shape(Attention::q_proj, {{8, 0}}) == Shape{{8, 6}});
  CHECK(block.shape(Attention::k_proj, {{8, 0}}) == Shape{{4, 6}});
  CHECK(block.shape(Attention::q_proj, {{4, 0}}) == Shape{{4, 6}});
  CHECK(block.shape(Attention::v_proj, {{4, 0}}) == Shape{{2, 6}});
  CHECK(block.shape(Attention::o_proj, {{4, 0}}) == Shape{{6, 4}});
  CHECK_FALSE(block.shape(Attention::q_bias, {{8, 0}}));
  CHECK_FALSE(block.shape(Attention::o_proj, {}));
  CHECK(block.shape(Attention::norm, {}) == Shape{{1, 6}});
  CHECK(block.count_parameters({{8, 0}}) == 6 + 48 + 2 * 24 + 48);
  CHECK(block.count_parameters({{4, 0}}) == 6 + 24 + 2 * 12 + 24);
  CHECK(block.count_parameters({}) == 6);
  CHECK(block.count_staying_parameters() == 6);

  const BlockSpec two = BlockSpec::of<TwoAxes>({}, 0, 4);
  CHECK(two.shape(TwoAxes::in_proj, {{2, 0}}) == Shape{{2, 4}});
  CHECK_FALSE(two.shape(TwoAxes::scan, {{2, 0}}));
  CHECK(two.shape(TwoAxes::scan, {{2, 1}}) == Shape{{1, 3}});
  CHECK(two.shape(TwoAxes::gain, {{2, 1}}) == Shape{{1, 5}});
  CHECK(two.count_parameters({{2, 1}}) == 4 + 8 + 3 + 8 + 5);
}

TEST_CASE("a block that writes another stream than it reads has a shortcut, others where they are given one") {
  const BlockSpec wider = BlockSpec::of<GatedMlp>({.intermediate_size = 5}, 0, 6, 10);
  CHECK(wider.has_shortcut());
  CHECK(wider.shape(GatedMlp::up_proj, wider.whole()) == Shape{{5, 6}});
  CHECK(wider.shape(GatedMlp::down_proj, wider.whole()) == Shape{{10, 5}});
  CHECK(wider.count_parameters(wider.whole()) == 6 + 2 * 30 + 50 + 60);
  CHECK(wider.count_parameters({}) == 6 + 60);
  CHECK(wider.count_staying_parameters() == 6);
  const BlockSpec block = attention();
  CHECK(block.with_shortcut().has_shortcut());
  CHECK(block.with_shortcut().count_parameters({}) == 6 + 36);
  CHECK_FALSE(block.has_shortcut());
}

TEST_CASE("a block in other streams is the same block with tensors as wide as they are") {
  const BlockSpec block = attention();
  const BlockSpec narrower = block.with_streams(4, 5);
  CHECK(narrower.spec() == block.spec());
  CHECK(narrower.layer() == block.layer());
  CHECK(narrower.has_shortcut());
  CHECK(narrower.shape(Attention::q_proj, narrower.whole())->columns == 4);
  CHECK(narrower.shape(Attention::o_proj, narrower.whole())->rows == 5);
  CHECK_FALSE(narrower.with_streams(4, 4).has_shortcut());
  expect_error<DataError>([&] { (void)block.with_streams(4, 0); }, {"the stream that it writes", "it is 0"});
}

TEST_CASE("sizes of a block that cannot be are named") {
  const auto refused = [](auto&& make, const std::vector<std::string>& parts) {
    std::vector<std::string> all{"configuration"};
    all.insert(all.end(), parts.begin(), parts.end());
    expect_error<DataError>([&] { (void)make(); }, all);
  };
  for (const Index size : {Index{-5}, Index{0}, largest_size + 1}) {
    refused([&] { return BlockSpec::of<GatedMlp>({.intermediate_size = size}, 0, 6); }, {"intermediate_size"});
    refused([&] { return BlockSpec::of<GatedMlp>({.intermediate_size = 5}, 2, size, 6); },
            {"layer 2 mlp", "the stream that it reads"});
    refused([&] { return BlockSpec::of<GatedMlp>({.intermediate_size = 5}, 2, 6, size); },
            {"layer 2 mlp", "the stream that it writes"});
    for (const auto part :
         {&AttentionSpec::num_attention_heads, &AttentionSpec::num_key_value_heads, &AttentionSpec::head_dim}) {
      AttentionSpec spec = small_attention;
      spec.*part = size;
      refused([&] { return BlockSpec::of<Attention>(spec, 0, 6); }, {std::to_string(size)});
    }
  }
  AttentionSpec spec = small_attention;
  spec.num_key_value_heads = 3;
  refused([&] { return BlockSpec::of<Attention>(spec, 0, 6); }, {"num_key_value_heads"});
  spec = small_attention;
  spec.head_dim = 3;
  refused([&] { return BlockSpec::of<Attention>(spec, 0, 6); }, {"head_dim", "even"});
  spec.num_attention_heads = spec.num_key_value_heads = spec.head_dim = largest_size;
  refused([&] { return BlockSpec::of<Attention>(spec, 0, 6); }, {"num_attention_heads"});
}

TEST_CASE("sizes of a kind that says nothing about them itself are checked all the same") {
  const auto refused = [](const TwoAxes::Spec& spec, const std::string& part) {
    expect_error<DataError>([&] { (void)BlockSpec::of<TwoAxes>(spec, 1, 4); }, {"layer 1 two axes", part});
  };
  refused({.channels = 0}, "channels");
  refused({.channels = largest_size + 1}, "channels");
  refused({.unit = 0}, "that go together");
  refused({.channels = 5}, "5 are not whole units of 2");
  refused({.extent = 0}, "in_proj, rows");
  refused({.extent = 7}, "not the same for every unit");
  refused({.states = 0}, "scan, columns");
}

TEST_CASE("a kind tells what is gone, where units are added, and the names of signals") {
  const Kind& kind = kind_of<TwoAxes>();
  CHECK(kind.is_gone({}));
  CHECK(kind.is_gone({{0, 1}}));  // a switch alone is no block
  CHECK_FALSE(kind.is_gone({{2, 0}}));
  CHECK(kind.output_slot(0) == TwoAxes::out_proj);
  CHECK_FALSE(kind.output_slot(1));
  CHECK_FALSE(kind.bias_slot(TwoAxes::out_proj));
  CHECK(kind_of<GatedMlp>().bias_slot(GatedMlp::down_proj) == std::size_t{GatedMlp::down_bias});
  CHECK(kind_of<Attention>().bias_slot(Attention::o_proj) == std::size_t{Attention::o_bias});
  CHECK(kind.name_of(Signal::residual_out) == "residual_out");
  CHECK(kind.name_of(input_signal(1)) == "out");
  CHECK(kind_of<GatedMlp>().name_of(Signal::output_input) == "output_input");
}
