// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/two_axes.hpp>

#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/block_list.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

BlockSpec mlp(Index layer, Index stream_in = 4, Index stream_out = 4) {
  return BlockSpec::of<GatedMlp>({.intermediate_size = 5}, layer, stream_in, stream_out);
}

BlockSpec two_axes(Index layer, Index stream = 4) {
  return BlockSpec::of<TwoAxes>({}, layer, stream);
}

}  // namespace

TEST_CASE("blocks are named by layer and kind, and found by them") {
  const BlockList blocks({mlp(0), two_axes(0), two_axes(1), mlp(2), mlp(3)});
  CHECK(blocks.size() == 5);
  CHECK(blocks.label({1}) == "layer 0 two axes");
  CHECK(blocks.label({3}) == "layer 2 mlp");
  CHECK(blocks.label({5}) == "block 5");
  CHECK(blocks.label({-1}) == "block -1");
  CHECK(blocks.find(0, "mlp") == BlockId{0});
  CHECK(blocks.find(1, "two axes") == BlockId{2});
  CHECK(blocks.find(2, "mlp") == BlockId{3});
  CHECK_FALSE(blocks.find(1, "mlp"));
  CHECK_FALSE(blocks.find(4, "mlp"));
  CHECK_FALSE(blocks.find(0, "attention"));
}

TEST_CASE("a layer has one block of a name, because files tell blocks by it") {
  expect_error<DataError>([] { BlockList({mlp(0), mlp(1), mlp(1)}); }, {"layer 1 mlp", "another block"});
}

TEST_CASE("kinds come in the order of the stream, each once") {
  const BlockList blocks({two_axes(0), mlp(0), two_axes(1), mlp(1)});
  CHECK(blocks.kinds() == std::vector<const Kind*>{&kind_of<TwoAxes>(), &kind_of<GatedMlp>()});
  CHECK(BlockList().kinds().empty());
}

TEST_CASE("copies share their blocks, and a list may be empty") {
  const BlockList blocks({mlp(0), mlp(1)});
  const BlockList copy = blocks;  // NOLINT
  CHECK(&copy[{1}] == &blocks[{1}]);
  CHECK(blocks.end() - blocks.begin() == 2);
  const BlockList none;
  CHECK(none.size() == 0);
  CHECK(none.begin() == none.end());
  for (const Index position : {Index{-1}, Index{2}, Index{1} << 62}) {
    expect_error<OptionError>([&] { (void)blocks[{position}]; }, {"block"});
  }
  expect_error<OptionError>([&] { (void)none[{0}]; }, {"block"});
}

TEST_CASE("a block reads the stream that the one before it writes") {
  CHECK_NOTHROW(BlockList({mlp(0, 4, 6), two_axes(0, 6), mlp(1, 6, 3)}));
  expect_error<DataError>(
      [] {
        BlockList({mlp(0, 4, 6), two_axes(1, 4)});
      },
      {"configuration", "layer 1 two axes", "4 channels", "layer 0 mlp writes 6"});
}
