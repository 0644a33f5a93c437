// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/causal_attention.hpp>

using namespace multipruner;
using namespace multipruner::test;
using simd::AttentionSegment;
using simd::AttentionShape;
using simd::Compute;

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
                    const AttentionShape& shape, Compute compute = Compute::float32) {
  TestMatrix output(queries.rows, queries.columns);
  const AttentionSegment segment{queries, keys, values, output.view()};
  simd::causal_attention({&segment, 1}, shape, compute);
  return output;
}

TestMatrix attended(const Sequence& s, const AttentionShape& shape, Compute compute = Compute::float32) {
  return attended(s.queries.view(), s.keys.view(), s.values.view(), shape, compute);
}

/// One output element in double, and the same sum of the magnitudes of the values. Operands are rounded as attention
/// rounds them.
struct Expected {
  double value = 0, magnitude = 0;

  Expected(const Sequence& s, const AttentionShape& shape, Index i, Index column, Compute compute = Compute::float32) {
    const Index head = column / shape.head_dim, group = shape.num_attention_heads / shape.num_key_value_heads;
    const Index q = head * shape.head_dim, kv = head / group * shape.head_dim;
    const Index visible = s.keys.rows - s.queries.rows + i + 1;
    const bool rounded = simd::attention_rounds(compute);
    const auto operand = [&](float x) {
      return static_cast<double>(rounded ? to_float(simd::detail::narrow<BFloat16>(x)) : x);
    };
    const float scale = rounded ? shape.scale * std::numbers::log2e_v<float> : shape.scale;
    std::vector<double> scores;
    const Index begin = shape.window == 0 ? 0 : std::max<Index>(visible - shape.window, 0);
    for (Index k = begin; k < visible; ++k) {
      double score = 0;
      for (Index c = 0; c < shape.head_dim; ++c) {
        score += operand(s.queries(i, q + c) * scale) * operand(s.keys(k, kv + c));
      }
      if (rounded) score *= std::numbers::ln2;
      if (const double cap = shape.soft_cap; cap > 0) score = cap * std::tanh(score / cap);
      if (!shape.slopes.empty()) {
        score +=
            static_cast<double>(shape.slopes[static_cast<std::size_t>(head)]) * static_cast<double>(k - visible + 1);
      }
      scores.push_back(score);
    }
    const double max = *std::max_element(scores.begin(), scores.end());
    double weights = 0;
    for (Index k = begin; k < visible; ++k) {
      const double weight = std::exp(scores[static_cast<std::size_t>(k - begin)] - max);
      const double term = weight * operand(s.values(k, kv + column % shape.head_dim));
      weights += weight;
      value += term;
      magnitude += std::abs(term);
    }
    value /= weights;
    magnitude /= weights;
  }
};

/// Compares every few elements with what is expected. In bfloat16, every weight is rounded, by a 256th at most.
void require_expected(const TestMatrix& output, const Sequence& s, const AttentionShape& shape, Compute compute,
                      double tolerance, Index row_step, Index column_step) {
  for (Index i = 0; i < output.rows; i += row_step) {
    for (Index column = 0; column < output.columns; column += column_step) {
      const Expected expected(s, shape, i, column, compute);
      const double rounding = simd::attention_rounds(compute) ? expected.magnitude / 256 : 0;
      if (!close(output(i, column), expected.value, tolerance + rounding)) {
        INFO("element " << i << ", " << column << ": " << output(i, column) << ", expected " << expected.value);
        FAIL();
      }
    }
  }
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
  const Index head_dim = GENERATE(1, 8, 12, 16, 32, 40, 64, 80, 96, 128, 256, 257);
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const auto [heads, key_value_heads] = GENERATE(table<Index, Index>({{1, 1}, {4, 2}, {3, 1}}));
  const auto [rows, n] = GENERATE(table<Index, Index>({{1, 1}, {1, 129}, {7, 7}, {31, 140}, {129, 129}, {100, 261}}));
  CAPTURE(head_dim, simd::name_of(compute), heads, key_value_heads, rows, n);
  const AttentionShape shape = shape_of(heads, key_value_heads, head_dim);
  const Sequence s(shape, rows, n, 1, 1);
  const TestMatrix output = attended(s, shape, compute);
  require_expected(output, s, shape, compute, 5e-6, 1 + rows / 9, 1 + output.columns / 23);
}

TEST_CASE("causal_attention in bfloat16 is float32 without AMX, and near it with AMX") {
  const AttentionShape shape = shape_of(6, 2, 64);
  const Sequence s(shape, 300, 500, 1);
  const TestMatrix exact = attended(s, shape), rounded = attended(s, shape, Compute::bfloat16);
  if (!simd::attention_rounds(Compute::bfloat16)) {
    REQUIRE(same_bits(rounded.view(), exact.view()));
    return;
  }
  double error = 0, square = 0;
  for (Index i = 0; i < exact.rows; ++i) {
    for (Index j = 0; j < exact.columns; ++j) {
      const auto expected = static_cast<double>(exact(i, j)), got = static_cast<double>(rounded(i, j));
      error += (got - expected) * (got - expected);
      square += expected * expected;
    }
  }
  const double relative = std::sqrt(error / square);
  CHECK(relative > 1e-4);  // it was rounded
  CHECK(relative < 5e-3);  // a value of bfloat16 is off by up to a 256th
}

TEST_CASE("causal_attention gives the same bits for every number of threads") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const AttentionShape shape = shape_of(6, 3, 20);
  const Sequence s(shape, 301, 333, 1);
  require_same_for_all_thread_counts([&] { return attended(s, shape, compute); });
}

TEST_CASE("causal_attention computes a query alike in prefill and against a cache") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const auto [heads, key_value_heads, head_dim] =
      GENERATE(table<Index, Index, Index>({{4, 2, 16}, {1, 1, 12}, {5, 1, 33}, {3, 1, 64}, {7, 1, 96}}));
  CAPTURE(heads, key_value_heads, head_dim);
  const AttentionShape shape = shape_of(heads, key_value_heads, head_dim);
  const Index n = 270;
  const Sequence s(shape, n, n, 1);
  const TestMatrix prefill = attended(s, shape, compute);
  // The cache is a longer buffer with rows of another stride.
  const TestMatrix keys = copy_of(s.keys.view(), 5), values = copy_of(s.values.view(), 11);
  for (Index i = 0; i < n; ++i) {
    const TestMatrix alone = attended(s.queries.view().row_range(i, 1), keys.view().row_range(0, i + 1),
                                      values.view().row_range(0, i + 1), shape, compute);
    if (!same_bits(alone.view(), prefill.view().row_range(i, 1))) FAIL("query " << i);
  }
  std::mt19937 generator(5);
  for (Index first = 0; first < n;) {
    const Index count = std::min<Index>(1 + static_cast<Index>(generator() % 60), n - first), end = first + count;
    const TestMatrix part = attended(s.queries.view().row_range(first, count), keys.view().row_range(0, end),
                                     values.view().row_range(0, end), shape, compute);
    REQUIRE(same_bits(part.view(), prefill.view().row_range(first, count)));
    first = end;
  }
}

TEST_CASE("causal_attention computes a head alike whatever heads and segments stand beside it") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const AttentionShape shape = shape_of(6, 2, 24), one_group = shape_of(3, 1, 24);
  const Sequence a(shape, 40, 170, 1, 2), b(shape, 133, 133, 4);
  TestMatrix first(40, 144), second(133, 144);
  const std::vector<AttentionSegment> segments{{a.queries.view(), a.keys.view(), a.values.view(), first.view()},
                                               {b.queries.view(), b.keys.view(), b.values.view(), second.view()}};
  simd::causal_attention(segments, shape, compute);
  REQUIRE(same_bits(first.view(), attended(a, shape, compute).view()));
  REQUIRE(same_bits(second.view(), attended(b, shape, compute).view()));
  const TestMatrix group = attended(a.queries.view().column_range(0, 72), a.keys.view().column_range(0, 24),
                                    a.values.view().column_range(0, 24), one_group, compute);
  REQUIRE(same_bits(group.view(), first.view().column_range(0, 72)));
}

TEST_CASE("causal_attention never looks at later tokens, not even at infinities and NaN in them") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const AttentionShape shape = shape_of(2, 1, 16);
  const Index n = 150;
  const Sequence s(shape, n, n, 1);
  const TestMatrix clean = attended(s, shape, compute);
  for (const Index poisoned : {0, 1, 64, 127, 128, 149}) {
    Sequence t = s;
    for (Index c = 0; c < 16; ++c) {
      t.keys(poisoned, c) = std::numeric_limits<float>::quiet_NaN();
      t.values(poisoned, c) = std::numeric_limits<float>::infinity();
    }
    const TestMatrix output = attended(t, shape, compute);
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
  REQUIRE(close(output(0, 0), Expected(s, shape, 0, 0).value, 1e-5));
  s.queries(0, 0) = 1e30f;  // one key has all the weight
  REQUIRE(attended(s, shape)(0, 1) == s.values(299, 1));
}

TEST_CASE("causal_attention in bfloat16 gives keys with the score -inf no weight") {
  const AttentionShape shape{.num_attention_heads = 1, .num_key_value_heads = 1, .head_dim = 2, .scale = 1};
  Sequence s(shape, 3, 300, 1);
  for (Index k = 0; k < 290; ++k) s.keys(k, 0) = k % 7 == 0 ? 1.0f : -std::numeric_limits<float>::infinity();
  for (Index i = 0; i < 3; ++i) s.queries(i, 0) = 1;
  require_expected(attended(s, shape, Compute::bfloat16), s, shape, Compute::bfloat16, 5e-6, 1, 1);
}

TEST_CASE("causal_attention never looks at later tokens, not even at values that bfloat16 has no room for") {
  AttentionShape shape = shape_of(3, 1, 40);
  const Index n = 200;
  shape.window = GENERATE(0, 50);
  const Sequence s(shape, n, n, 1);
  const TestMatrix clean = attended(s, shape, Compute::bfloat16);
  for (const Index poisoned : {0, 1, 63, 100, 127, 128, 199}) {
    CAPTURE(shape.window, poisoned);
    Sequence t = s;
    t.values(poisoned, 17) = std::numeric_limits<float>::max();
    const TestMatrix output = attended(t, shape, Compute::bfloat16);
    const Index end = shape.window == 0 ? n : std::min(n, poisoned + shape.window);
    for (Index i = 0; i < n; ++i) {
      const bool sees = i >= poisoned && i < end;
      if (same_bits(output.view().row_range(i, 1), clean.view().row_range(i, 1)) == sees) FAIL("query " << i);
    }
    for (const Index i : {poisoned, std::min(poisoned + 1, n - 1), end - 1}) {  // those that see it, alone
      const TestMatrix alone = attended(t.queries.view().row_range(i, 1), t.keys.view().row_range(0, i + 1),
                                        t.values.view().row_range(0, i + 1), shape, Compute::bfloat16);
      REQUIRE(same_bits(alone.view(), output.view().row_range(i, 1)));
    }
  }
}

TEST_CASE("causal_attention does nothing where there are no queries and refuses shapes that disagree") {
  const AttentionShape shape = shape_of(4, 2, 8);
  for (const Compute compute : {Compute::float32, Compute::bfloat16}) {
    REQUIRE_NOTHROW(attended(Sequence(shape, 0, 5, 1), shape, compute));
    REQUIRE_NOTHROW(simd::causal_attention({}, shape, compute));
  }
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 4, 1), shape), OptionError);
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 5, 1), shape_of(2, 2, 8)), OptionError);
  REQUIRE_THROWS_AS(attended(Sequence(shape, 5, 5, 1), shape_of(4, 1, 8)), OptionError);
  REQUIRE_THROWS_AS(simd::causal_attention({}, shape_of(3, 2, 8)), OptionError);
}

TEST_CASE("causal_attention with a window, a cap and slopes agrees with its definition in double") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const std::vector<float> slopes{0.5f, 0.25f, 0.125f, 0.0625f};
  const auto [rows, n] = GENERATE(table<Index, Index>({{1, 1}, {1, 300}, {9, 137}, {140, 140}, {100, 333}}));
  for (const AttentionShape& shape : shapes_with_terms(4, 2, 12, slopes)) {
    CAPTURE(rows, n, shape.window, shape.soft_cap, shape.slopes.size());
    const Sequence s(shape, rows, n, 1, 1);
    const TestMatrix output = attended(s, shape, compute);
    require_expected(output, s, shape, compute, 1e-5, 1 + rows / 23, 5);
  }
}

TEST_CASE("causal_attention with a window, a cap and slopes computes a query alike whatever stands beside it") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  const std::vector<float> slopes{0.5f, 0.25f, 0.125f, 0.0625f};
  const Index n = 270;
  for (const AttentionShape& shape : shapes_with_terms(4, 2, 16, slopes)) {
    CAPTURE(shape.window, shape.soft_cap, shape.slopes.size());
    const Sequence s(shape, n, n, 3);
    const TestMatrix prefill = attended(s, shape, compute);
    require_same_for_all_thread_counts([&] { return attended(s, shape, compute); });
    for (const Index first : {0, 1, 100, 127, 128, 200, 269}) {
      for (const Index count : {1, 30}) {
        const Index rows = std::min(count, n - first), end = first + rows;
        const TestMatrix part = attended(s.queries.view().row_range(first, rows), s.keys.view().row_range(0, end),
                                         s.values.view().row_range(0, end), shape, compute);
        REQUIRE(same_bits(part.view(), prefill.view().row_range(first, rows)));
      }
    }
  }
}

TEST_CASE("causal_attention never looks before its window, not even at infinities and NaN there") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  AttentionShape shape = shape_of(2, 1, 16);
  shape.window = 40;
  const Index n = 300;
  const Sequence s(shape, n, n, 1);
  const TestMatrix clean = attended(s, shape, compute);
  for (const Index poisoned : {0, 1, 100, 127, 128, 255}) {
    Sequence t = s;
    for (Index c = 0; c < 16; ++c) {
      t.keys(poisoned, c) = std::numeric_limits<float>::quiet_NaN();
      t.values(poisoned, c) = std::numeric_limits<float>::infinity();
    }
    const TestMatrix output = attended(t, shape, compute);
    for (Index i = 0; i < n; ++i) {
      const bool sees = i >= poisoned && i < poisoned + shape.window;
      const bool same = same_bits(output.view().row_range(i, 1), clean.view().row_range(i, 1));
      if (same == sees) FAIL("poisoned " << poisoned << ", query " << i);
    }
  }
}

TEST_CASE("causal_attention with a window as long as the sequence gives the bits of one without") {
  const Compute compute = GENERATE(Compute::float32, Compute::bfloat16);
  AttentionShape shape = shape_of(3, 1, 24);
  const Sequence s(shape, 150, 200, 1);
  const TestMatrix without = attended(s, shape, compute);
  shape.window = 200;
  REQUIRE(same_bits(attended(s, shape, compute).view(), without.view()));
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
