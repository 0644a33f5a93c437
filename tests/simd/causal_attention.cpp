// SPDX-License-Identifier: MIT
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/causal_attention.hpp>

using namespace multipruner;
using namespace multipruner::test;
using simd::AttentionSegment;
using simd::AttentionShape;

namespace {

AttentionShape shape_of(Index heads, Index key_value_heads, Index head_dim) {
  return {.num_attention_heads = heads,
          .num_key_value_heads = key_value_heads,
          .head_dim = head_dim,
          .scale = 1 / std::sqrt(static_cast<float>(head_dim))};
}

/// Queries, keys and values of one sequence. The queries are the last ones of `n` tokens.
struct Sequence {
  TestMatrix queries, keys, values;

  Sequence(const AttentionShape& shape, Index rows, Index n, unsigned seed, Index gap = 0)
      : queries(random_matrix(rows, shape.num_attention_heads * shape.head_dim, seed, gap)),
        keys(random_matrix(n, shape.num_key_value_heads * shape.head_dim, seed + 1, 2 * gap)),
        values(random_matrix(n, shape.num_key_value_heads * shape.head_dim, seed + 2, 3 * gap)) {}
};

TestMatrix attended(MatrixView<const float> queries, MatrixView<const float> keys, MatrixView<const float> values,
                    const AttentionShape& shape) {
  TestMatrix output(queries.rows, queries.columns);
  const AttentionSegment segment{queries, keys, values, output.view()};
  simd::causal_attention({&segment, 1}, shape);
  return output;
}

TestMatrix attended(const Sequence& s, const AttentionShape& shape) {
  return attended(s.queries.view(), s.keys.view(), s.values.view(), shape);
}

/// One output element in double.
double reference(const Sequence& s, const AttentionShape& shape, Index i, Index column) {
  const Index head = column / shape.head_dim, group = shape.num_attention_heads / shape.num_key_value_heads;
  const Index q = head * shape.head_dim, kv = head / group * shape.head_dim;
  const Index visible = s.keys.rows - s.queries.rows + i + 1;
  std::vector<double> scores;
  const Index begin = shape.window == 0 ? 0 : std::max<Index>(visible - shape.window, 0);
  for (Index k = begin; k < visible; ++k) {
    double dot = 0;
    for (Index c = 0; c < shape.head_dim; ++c)
      dot += static_cast<double>(s.queries(i, q + c)) * static_cast<double>(s.keys(k, kv + c));
    double score = dot * static_cast<double>(shape.scale);
    if (const double cap = shape.soft_cap; cap > 0) score = cap * std::tanh(score / cap);
    if (!shape.slopes.empty()) {
      score += static_cast<double>(shape.slopes[static_cast<std::size_t>(head)]) * static_cast<double>(k - visible + 1);
    }
    scores.push_back(score);
  }
  const double max = *std::max_element(scores.begin(), scores.end());
  double weights = 0, sum = 0;
  for (Index k = begin; k < visible; ++k) {
    const double weight = std::exp(scores[static_cast<std::size_t>(k - begin)] - max);
    weights += weight;
    sum += weight * static_cast<double>(s.values(k, kv + column % shape.head_dim));
  }
  return sum / weights;
}

/// What few models do to scores: a window, a cap, slopes, and all at once.
std::vector<AttentionShape> shapes_with_terms(Index heads, Index key_value_heads, Index head_dim,
                                              std::span<const float> slopes) {
  std::vector<AttentionShape> shapes;
  for (const Index window : {0, 1, 5, 128, 200}) {
    for (const float cap : {0.0f, 1.5f}) {
      for (const bool sloped : {false, true}) {
        AttentionShape shape = shape_of(heads, key_value_heads, head_dim);
        shape.window = window;
        shape.soft_cap = cap;
        if (sloped) shape.slopes = slopes;
        shapes.push_back(shape);
      }
    }
  }
  return shapes;
}

}  // namespace

TEST_CASE("causal_attention agrees with a softmax over all keys in double") {
  const Index head_dim = GENERATE(1, 8, 12, 16, 32, 64, 80, 96, 128, 257);
  const auto [heads, key_value_heads] = GENERATE(table<Index, Index>({{1, 1}, {4, 2}, {3, 1}}));
  const auto [rows, n] = GENERATE(table<Index, Index>({{1, 1}, {1, 129}, {7, 7}, {31, 140}, {129, 129}, {100, 261}}));
  CAPTURE(head_dim, heads, key_value_heads, rows, n);
  const AttentionShape shape = shape_of(heads, key_value_heads, head_dim);
  const Sequence s(shape, rows, n, 1, 1);
  const TestMatrix output = attended(s, shape);
  for (Index i = 0; i < rows; i += 1 + rows / 9) {
    for (Index column = 0; column < output.columns; column += 1 + output.columns / 23) {
      const double expected = reference(s, shape, i, column);
      if (!close(output(i, column), expected, 5e-6)) {
        INFO("element " << i << ", " << column << ": " << output(i, column) << ", expected " << expected);
        FAIL();
      }
    }
  }
}

TEST_CASE("causal_attention gives the same bits for every number of threads") {
  const AttentionShape shape = shape_of(6, 3, 20);
  const Sequence s(shape, 301, 333, 1);
  require_same_for_all_thread_counts([&] { return attended(s, shape); });
}

TEST_CASE("causal_attention computes a query alike in prefill and against a cache") {
  const auto [heads, key_value_heads, head_dim] =
      GENERATE(table<Index, Index, Index>({{4, 2, 16}, {1, 1, 12}, {5, 1, 33}}));
  CAPTURE(heads, key_value_heads, head_dim);
  const AttentionShape shape = shape_of(heads, key_value_heads, head_dim);
  const Index n = 270;
  const Sequence s(shape, n, n, 1);
  const TestMatrix prefill = attended(s, shape);
  // The cache is a longer buffer with rows of another stride.
  const TestMatrix keys = copy_of(s.keys.view(), 5), values = copy_of(s.values.view(), 11);
  for (Index i = 0; i < n; ++i) {
    const TestMatrix alone = attended(s.queries.view().row_range(i, 1), keys.view().row_range(0, i + 1),
                                      values.view().row_range(0, i + 1), shape);
    if (!same_bits(alone.view(), prefill.view().row_range(i, 1))) FAIL("query " << i);
  }
  std::mt19937 generator(5);
  for (Index first = 0; first < n;) {
    const Index count = std::min<Index>(1 + static_cast<Index>(generator() % 60), n - first), end = first + count;
    const TestMatrix part = attended(s.queries.view().row_range(first, count), keys.view().row_range(0, end),
                                     values.view().row_range(0, end), shape);
    REQUIRE(same_bits(part.view(), prefill.view().row_range(first, count)));
    first = end;
  }
}

TEST_CASE("causal_attention computes a head alike whatever heads and segments stand beside it") {
  const AttentionShape shape = shape_of(6, 2, 24), one_group = shape_of(3, 1, 24);
  const Sequence a(shape, 40, 170, 1, 2), b(shape, 133, 133, 4);
  TestMatrix first(40, 144), second(133, 144);
  const std::vector<AttentionSegment> segments{{a.queries.view(), a.keys.view(), a.values.view(), first.view()},
                                               {b.queries.view(), b.keys.view(), b.values.view(), second.view()}};
  simd::causal_attention(segments, shape);
  REQUIRE(same_bits(first.view(), attended(a, shape).view()));
  REQUIRE(same_bits(second.view(), attended(b, shape).view()));
  const TestMatrix group = attended(a.queries.view().column_range(0, 72), a.keys.view().column_range(0, 24),
                                    a.values.view().column_range(0, 24), one_group);
  REQUIRE(same_bits(group.view(), first.view().column_range(0, 72)));
}

TEST_CASE("causal_attention never looks at later tokens, not even at infinities and NaN in them") {
  const AttentionShape shape = shape_of(2, 1, 16);
  const Index n = 150;
  const Sequence s(shape, n, n, 1);
  const TestMatrix clean = attended(s, shape);
  for (const Index poisoned : {0, 1, 64, 127, 128, 149}) {
    Sequence t = s;
    for (Index c = 0; c < 16; ++c) {
      t.keys(poisoned, c) = std::numeric_limits<float>::quiet_NaN();
      t.values(poisoned, c) = std::numeric_limits<float>::infinity();
    }
    const TestMatrix output = attended(t, shape);
    REQUIRE(same_bits(output.view().row_range(0, poisoned), clean.view().row_range(0, poisoned)));
    for (Index i = poisoned; i < n; ++i) REQUIRE(std::isnan(output(i, 0)));
  }
}

TEST_CASE("causal_attention is stable for huge scores and gives keys with the score -inf no weight") {
  const AttentionShape shape{.num_attention_heads = 1, .num_key_value_heads = 1, .head_dim = 2, .scale = 1};
  Sequence s(shape, 1, 300, 1);
  for (Index k = 0; k < 300; ++k) {
    s.keys(k, 0) = k < 200 ? -std::numeric_limits<float>::infinity() : 1000.0f + static_cast<float>(k);
    s.keys(k, 1) = 0;
  }
  s.queries(0, 0) = 1;
  s.queries(0, 1) = 0;
  const TestMatrix output = attended(s, shape);
  REQUIRE(close(output(0, 0), reference(s, shape, 0, 0), 1e-5));
  s.queries(0, 0) = 1e30f;  // one key has all the weight
  REQUIRE(attended(s, shape)(0, 1) == s.values(299, 1));
}

TEST_CASE("causal_attention does nothing where there are no queries and refuses shapes that disagree") {
  const AttentionShape shape = shape_of(4, 2, 8);
  REQUIRE_NOTHROW(attended(Sequence(shape, 0, 5, 1), shape));
  REQUIRE_NOTHROW(simd::causal_attention({}, shape));
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 4, 1), shape), OptionError);
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 5, 1), shape_of(2, 2, 8)), OptionError);
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 5, 1), shape_of(4, 1, 8)), OptionError);
  REQUIRE_THROWS_AS(simd::causal_attention({}, shape_of(3, 2, 8)), OptionError);
}

TEST_CASE("causal_attention with a window, a cap and slopes agrees with its definition in double") {
  const std::vector<float> slopes{0.5f, 0.25f, 0.125f, 0.0625f};
  const auto [rows, n] = GENERATE(table<Index, Index>({{1, 1}, {1, 300}, {9, 137}, {140, 140}, {100, 333}}));
  for (const AttentionShape& shape : shapes_with_terms(4, 2, 12, slopes)) {
    CAPTURE(rows, n, shape.window, shape.soft_cap, shape.slopes.size());
    const Sequence s(shape, rows, n, 1, 1);
    const TestMatrix output = attended(s, shape);
    for (Index i = 0; i < rows; i += 1 + rows / 23) {
      for (Index column = 0; column < output.columns; column += 5) {
        if (!close(output(i, column), reference(s, shape, i, column), 1e-5)) FAIL("element " << i << ", " << column);
      }
    }
  }
}

TEST_CASE("causal_attention with a window, a cap and slopes computes a query alike whatever stands beside it") {
  const std::vector<float> slopes{0.5f, 0.25f, 0.125f, 0.0625f};
  const Index n = 270;
  for (const AttentionShape& shape : shapes_with_terms(4, 2, 16, slopes)) {
    CAPTURE(shape.window, shape.soft_cap, shape.slopes.size());
    const Sequence s(shape, n, n, 3);
    const TestMatrix prefill = attended(s, shape);
    require_same_for_all_thread_counts([&] { return attended(s, shape); });
    for (const Index first : {0, 1, 100, 127, 128, 200, 269}) {
      for (const Index count : {1, 30}) {
        const Index rows = std::min(count, n - first), end = first + rows;
        const TestMatrix part = attended(s.queries.view().row_range(first, rows), s.keys.view().row_range(0, end),
                                         s.values.view().row_range(0, end), shape);
        REQUIRE(same_bits(part.view(), prefill.view().row_range(first, rows)));
      }
    }
  }
}

TEST_CASE("causal_attention never looks before its window, not even at infinities and NaN there") {
  AttentionShape shape = shape_of(2, 1, 16);
  shape.window = 40;
  const Index n = 300;
  const Sequence s(shape, n, n, 1);
  const TestMatrix clean = attended(s, shape);
  for (const Index poisoned : {0, 1, 100, 127, 128, 255}) {
    Sequence t = s;
    for (Index c = 0; c < 16; ++c) {
      t.keys(poisoned, c) = std::numeric_limits<float>::quiet_NaN();
      t.values(poisoned, c) = std::numeric_limits<float>::infinity();
    }
    const TestMatrix output = attended(t, shape);
    for (Index i = 0; i < n; ++i) {
      const bool sees = i >= poisoned && i < poisoned + shape.window;
      const bool same = same_bits(output.view().row_range(i, 1), clean.view().row_range(i, 1));
      if (same == sees) FAIL("poisoned " << poisoned << ", query " << i);
    }
  }
}

TEST_CASE("causal_attention with a window as long as the sequence gives the bits of one without") {
  AttentionShape shape = shape_of(3, 1, 24);
  const Sequence s(shape, 150, 200, 1);
  const TestMatrix without = attended(s, shape);
  shape.window = 200;
  REQUIRE(same_bits(attended(s, shape).view(), without.view()));
}

TEST_CASE("causal_attention refuses windows and caps below 0 and slopes of another number of heads") {
  AttentionShape shape = shape_of(4, 2, 8);
  shape.window = -1;
  REQUIRE_THROWS_AS(simd::causal_attention({}, shape), OptionError);
  shape.window = 0;
  shape.soft_cap = -1;
  REQUIRE_THROWS_AS(simd::causal_attention({}, shape), OptionError);
  shape.soft_cap = 0;
  const std::vector<float> slopes(3, 0.5f);
  shape.slopes = slopes;
  REQUIRE_THROWS_AS(simd::causal_attention({}, shape), OptionError);
}
