#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/forward/key_value_cache.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index kv_width = 32;  // of the model below: 4 key/value heads of 8

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

/// The entry that stands for a channel of a token; tokens have different numbers.
float entry(Index token, Index channel) {
  return static_cast<float>(1000 * token + channel);
}

/// Rows of tokens `first` and on, as part of a wider matrix.
struct Rows {
  Rows(Index first, Index count, Index width) : matrix(count, width + 3), width_(width) {
    for (Index i = 0; i < count; ++i) {
      for (Index j = 0; j < width + 3; ++j) matrix.view().row(i)[j] = j < width ? entry(first + i, j) : -1.0f;
    }
  }
  [[nodiscard]] MatrixView<const float> view() const {
    return {matrix.view().data, matrix.rows(), width_, matrix.columns()};
  }

  Matrix<float> matrix;
  Index width_;
};

/// Whether row i is that of token `tokens[i]`.
bool holds(MatrixView<const float> rows, const std::vector<Index>& tokens) {
  if (rows.rows != static_cast<Index>(tokens.size())) return false;
  for (Index i = 0; i < rows.rows; ++i) {
    for (Index j = 0; j < rows.columns; ++j) {
      if (rows.row(i)[j] != entry(tokens[static_cast<std::size_t>(i)], j)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a layer gives back all it was given, keys and values apart") {
  const Graph graph = model();
  KeyValueCache cache(ModelView(graph), 5);
  CHECK(cache.capacity() == 5);
  CHECK(cache.length() == 0);
  const Rows keys(0, 3, kv_width), values(50, 3, kv_width);
  const auto first = cache.append(1, keys.view(), values.view());
  CHECK(first.keys.columns == kv_width);
  CHECK(holds(first.keys, {0, 1, 2}));
  CHECK(holds(first.values, {50, 51, 52}));
  cache.advance(3);
  CHECK(cache.length() == 3);
  const auto second = cache.append(1, Rows(3, 2, kv_width).view(), Rows(53, 2, kv_width).view());
  CHECK(holds(second.keys, {0, 1, 2, 3, 4}));
  CHECK(holds(second.values, {50, 51, 52, 53, 54}));
}

TEST_CASE("layers do not see each other") {
  const Graph graph = model();
  KeyValueCache cache(ModelView(graph), 4);
  for (Index layer = 0; layer < 4; ++layer) {
    static_cast<void>(
        cache.append(layer, Rows(100 * layer, 2, kv_width).view(), Rows(100 * layer + 50, 2, kv_width).view()));
  }
  cache.advance(2);
  for (Index layer = 0; layer < 4; ++layer) {
    const Index t = 100 * layer;
    const auto all = cache.append(layer, Rows(t + 2, 1, kv_width).view(), Rows(t + 52, 1, kv_width).view());
    CHECK(holds(all.keys, {t, t + 1, t + 2}));
    CHECK(holds(all.values, {t + 50, t + 51, t + 52}));
  }
}

TEST_CASE("without an advance the next tokens take the place of the last ones") {
  const Graph graph = model();
  KeyValueCache cache(ModelView(graph), 3);
  static_cast<void>(cache.append(0, Rows(0, 1, kv_width).view(), Rows(0, 1, kv_width).view()));
  cache.advance(1);
  static_cast<void>(cache.append(0, Rows(7, 2, kv_width).view(), Rows(7, 2, kv_width).view()));
  const auto again = cache.append(0, Rows(9, 1, kv_width).view(), Rows(9, 1, kv_width).view());
  CHECK(holds(again.keys, {0, 9}));
  CHECK(holds(again.values, {0, 9}));
  CHECK(cache.length() == 1);
}

TEST_CASE("more tokens than there is room for are refused, and those that are there stay") {
  const Graph graph = model();
  KeyValueCache cache(ModelView(graph), 3);
  static_cast<void>(cache.append(2, Rows(0, 2, kv_width).view(), Rows(0, 2, kv_width).view()));
  cache.advance(2);
  const Rows two(2, 2, kv_width);
  expect_error<OptionError>([&] { static_cast<void>(cache.append(2, two.view(), two.view())); },
                            {"key/value cache", "holds 3 tokens", "4 are needed"});
  const Rows one(2, 1, kv_width);
  CHECK(holds(cache.append(2, one.view(), one.view()).keys, {0, 1, 2}));
}

TEST_CASE("narrower layers have narrower rows, and a layer without attention is no obstacle") {
  const Graph graph = model();
  Plan plan(graph);
  plan.remove({0, BlockKind::attention});
  plan.set_width({1, BlockKind::attention}, 3 * graph.config().group_width());
  KeyValueCache cache(ModelView(graph, plan), 2);
  const Rows narrow(0, 2, 24), full(4, 2, kv_width);
  const auto contents = cache.append(1, narrow.view(), narrow.view());
  CHECK(contents.keys.columns == 24);
  CHECK(holds(contents.keys, {0, 1}));
  CHECK(holds(cache.append(3, full.view(), full.view()).values, {4, 5}));
  cache.advance(2);
  CHECK(cache.length() == 2);
}

TEST_CASE("keys and values of other widths or numbers, and layers that are not there, are refused") {
  const Graph graph = model();
  Plan plan(graph);
  plan.remove({2, BlockKind::attention});
  KeyValueCache cache(ModelView(graph, plan), 4);
  const Rows right(0, 1, kv_width), narrow(0, 1, kv_width - 1), wide(0, 1, kv_width + 1), two(0, 2, kv_width);
  const auto refused = [&](Index layer, MatrixView<const float> keys, MatrixView<const float> values,
                           const char* part) {
    expect_error<OptionError>([&] { (void)cache.append(layer, keys, values); }, {"key/value cache", part});
  };
  refused(0, wide.view(), right.view(), "the keys");
  refused(0, narrow.view(), right.view(), "the keys");
  refused(0, right.view(), wide.view(), "the values");
  refused(0, right.view(), two.view(), "the values");
  refused(0, {nullptr, 1, kv_width}, right.view(), "the keys");
  refused(2, right.view(), right.view(), "the keys");
  refused(2, {nullptr, 1, 0}, {nullptr, 1, 0}, "layer 2 has no attention");
  for (const Index layer : {Index{-1}, Index{4}}) refused(layer, right.view(), right.view(), "layer");
  for (const Index tokens : {Index{-1}, Index{5}, std::numeric_limits<Index>::max()}) {
    expect_error<OptionError>([&] { cache.advance(tokens); }, {"key/value cache"});
  }
  CHECK(cache.length() == 0);
  CHECK(holds(cache.append(0, right.view(), right.view()).keys, {0}));
}

TEST_CASE("a cache has a capacity that can be, and none after it was moved from") {
  const Graph graph = model();
  const ModelView view(graph);
  expect_error<OptionError>([&] { KeyValueCache(view, -1); }, {"key/value cache"});
  expect_error<OptionError>([&] { KeyValueCache(view, Index{1} << 60); }, {"matrix", "memory"});
  KeyValueCache cache(view, 4);
  cache.advance(2);
  const KeyValueCache moved(std::move(cache));
  CHECK(moved.capacity() == 4);
  CHECK(moved.length() == 2);
  CHECK(cache.capacity() == 0);
  CHECK(cache.length() == 0);
  const Rows one(0, 1, kv_width);
  expect_error<OptionError>([&] { (void)cache.append(0, one.view(), one.view()); }, {"key/value cache"});
}
