// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/numbered_rows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/key_value_state.hpp>
#include <multipruner/forward/sequence_state.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index kv_width = 32;  // of the model below: 4 key/value heads of 8

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

/// Stores rows as keys and values of the attention of a layer.
KeyValueState::Contents append(const SequenceState& state, Index layer, MatrixView<const float> keys,
                               MatrixView<const float> values) {
  auto* const keys_and_values = dynamic_cast<KeyValueState*>(state.block(attention_of(layer)));
  REQUIRE(keys_and_values != nullptr);
  return keys_and_values->append(state.length(), keys, values);
}

}  // namespace

TEST_CASE("the attention of every layer has keys and values of its own, other blocks remember nothing") {
  const Graph graph = model();
  SequenceState state(ModelView(graph), 4);
  CHECK(state.capacity() == 4);
  CHECK(state.length() == 0);
  for (Index layer = 0; layer < 4; ++layer) {
    CHECK(state.block(mlp_of(layer)) == nullptr);
    static_cast<void>(append(state, layer, NumberedRows(100 * layer, 2, kv_width).view(),
                             NumberedRows(100 * layer + 50, 2, kv_width).view()));
  }
  state.advance(2);
  CHECK(state.length() == 2);
  for (Index layer = 0; layer < 4; ++layer) {
    const Index t = 100 * layer;
    const auto all =
        append(state, layer, NumberedRows(t + 2, 1, kv_width).view(), NumberedRows(t + 52, 1, kv_width).view());
    CHECK(holds(all.keys, {t, t + 1, t + 2}));
    CHECK(holds(all.values, {t + 50, t + 51, t + 52}));
  }
}

TEST_CASE("narrower layers have narrower rows, and a layer without attention is no obstacle") {
  const Graph graph = model();
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.set_width(attention_of(1), 3 * graph.unit_width(attention_of(1)));
  const ModelView view(graph, plan);
  SequenceState state(view, 2);
  CHECK(state.block(attention_of(0)) == nullptr);
  const NumberedRows narrow(0, 2, 24), full(4, 2, kv_width);
  const auto contents = append(state, 1, narrow.view(), narrow.view());
  CHECK(contents.keys.columns == 24);
  CHECK(holds(contents.keys, {0, 1}));
  CHECK(holds(append(state, 3, full.view(), full.view()).values, {4, 5}));
  state.advance(2);
  CHECK(state.length() == 2);
  CHECK(SequenceState::bytes(view, 2) == 2 * 4 * 2 * (24 + 2 * kv_width));
  CHECK(SequenceState::bytes(ModelView(graph), 5) == 5 * 4 * 2 * 4 * kv_width);
}

TEST_CASE("blocks that the model does not have, and more tokens than there is room for, are refused") {
  const Graph graph = model();
  SequenceState state(ModelView(graph), 4);
  for (const Index position : {Index{-1}, Index{8}, std::numeric_limits<Index>::max()}) {
    expect_error<OptionError>([&] { static_cast<void>(state.block({position})); }, {"key/value cache", "block"});
  }
  for (const Index tokens : {Index{-1}, Index{5}, std::numeric_limits<Index>::max()}) {
    expect_error<OptionError>([&] { state.advance(tokens); }, {"key/value cache"});
  }
  CHECK(state.length() == 0);
  state.advance(3);
  expect_error<OptionError>([&] { state.advance(2); }, {"key/value cache", "holds 4 tokens", "5 are needed"});
  CHECK(state.length() == 3);
  CHECK(state.length_with(1) == 4);
}

TEST_CASE("a state has a capacity that can be, and neither room nor blocks after it was moved from") {
  const Graph graph = model();
  const ModelView view(graph);
  expect_error<OptionError>([&] { SequenceState(view, -1); }, {"key/value cache"});
  expect_error<OptionError>([&] { SequenceState(view, Index{1} << 60); }, {"matrix", "memory"});
  expect_error<OptionError>([&] { static_cast<void>(SequenceState::bytes(view, -1)); }, {"key/value cache"});
  expect_error<OptionError>([&] { static_cast<void>(SequenceState::bytes(view, Index{1} << 60)); },
                            {"key/value cache"});
  SequenceState state(view, 4);
  state.advance(2);
  const SequenceState moved(std::move(state));
  CHECK(moved.capacity() == 4);
  CHECK(moved.length() == 2);
  CHECK(moved.block(attention_of(0)) != nullptr);
  CHECK(state.capacity() == 0);
  CHECK(state.length() == 0);
  expect_error<OptionError>([&] { static_cast<void>(state.block(attention_of(0))); }, {"key/value cache", "block"});
  expect_error<OptionError>([&] { state.advance(1); }, {"key/value cache"});
}
