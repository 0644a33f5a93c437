// SPDX-License-Identifier: MIT
#include <cmath>

#include <support/expect_error.hpp>

#include "matrix.hpp"
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/rounded_keys_and_values.hpp>

using namespace multipruner;
using namespace multipruner::test;
using simd::AttentionSegment;
using simd::AttentionShape;
using simd::Compute;
using simd::RoundedKeysAndValues;

namespace {

TestMatrix attended(MatrixView<const float> queries, MatrixView<const float> keys, MatrixView<const float> values,
                    const AttentionShape& shape, const RoundedKeysAndValues* rounded) {
  TestMatrix output(queries.rows, queries.columns);
  const AttentionSegment segment{queries, keys, values, output.view(), rounded};
  simd::causal_attention({&segment, 1}, shape, Compute::bfloat16);
  return output;
}

/// Queries, keys and values of as many tokens, more of them than fit into two blocks.
struct Tokens {
  static constexpr Index count = 290;

  AttentionShape shape;
  TestMatrix queries, keys, values;

  Tokens(Index heads, Index key_value_heads, Index head_dim)
      : shape{heads, key_value_heads, head_dim, 1 / std::sqrt(static_cast<float>(head_dim))},
        queries(random_matrix(count, heads * head_dim, 1)),
        keys(random_matrix(count, key_value_heads * head_dim, 2, 3)),
        values(random_matrix(count, key_value_heads * head_dim, 3, 5)) {}

  [[nodiscard]] RoundedKeysAndValues room() const { return {count, shape.num_key_value_heads, shape.head_dim}; }

  /// Rounds the tokens seen … end − 1, and compares attention of these with what it is of keys that were not kept.
  void require_same(RoundedKeysAndValues& rounded, Index seen, Index end) const {
    CAPTURE(seen, end);
    const auto all_keys = keys.view().row_range(0, end), all_values = values.view().row_range(0, end);
    rounded.round(seen, all_keys, all_values);
    REQUIRE(rounded.length() == end);
    const auto last = queries.view().row_range(seen, end - seen);
    REQUIRE(same_bits(attended(last, all_keys, all_values, shape, &rounded).view(),
                      attended(last, all_keys, all_values, shape, nullptr).view()));
  }
};

}  // namespace

TEST_CASE("attention gives the same bits with keys and values that were rounded part by part") {
  const auto [heads, key_value_heads, head_dim] =
      GENERATE(table<Index, Index, Index>({{3, 1, 64}, {4, 4, 40}, {8, 2, 96}, {1, 1, 5}}));
  CAPTURE(heads, key_value_heads, head_dim);
  const Tokens tokens(heads, key_value_heads, head_dim);
  RoundedKeysAndValues rounded = tokens.room();
  std::mt19937 generator(1);
  for (const Index most : {1, 7, 50, 200}) {
    for (Index seen = 0; seen < Tokens::count;) {
      const Index end = std::min<Index>(seen + 1 + static_cast<Index>(generator()) % most, Tokens::count);
      tokens.require_same(rounded, seen, end);
      seen = end;
    }
  }
}

TEST_CASE("tokens that were rounded take the place of those that stand beyond what was seen") {
  Tokens tokens(3, 1, 64);
  RoundedKeysAndValues rounded = tokens.room();
  for (const Index seen : {0, 250, 130, 128, 127, 100, 33, 1}) {
    for (Index token = seen; token < Tokens::count; ++token) {
      for (Index c = 0; c < 64; ++c) {
        tokens.keys(token, c) += 1;
        tokens.values(token, c) -= 2;
      }
    }
    tokens.require_same(rounded, seen, Tokens::count);
    tokens.require_same(rounded, seen, std::min<Index>(seen + 3, Tokens::count));  // and fewer than before
    tokens.require_same(rounded, seen + 1, Tokens::count);
  }
}

TEST_CASE("rounded values that are not finite are not summed where they are not seen") {
  Tokens tokens(2, 1, 20);
  tokens.shape.window = GENERATE(0, 40);
  const float value = GENERATE(std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max());
  for (const Index poisoned : {0, 20, 127, 128, 200}) {
    CAPTURE(tokens.shape.window, value, poisoned);
    Tokens poisonous = tokens;
    for (Index c = 0; c < 20; ++c) poisonous.values(poisoned, c) = value;
    RoundedKeysAndValues rounded = tokens.room();
    poisonous.require_same(rounded, 0, Tokens::count);
    for (Index seen = 0; seen < Tokens::count; ++seen) poisonous.require_same(rounded, seen, seen + 1);
    tokens.require_same(rounded, poisoned, Tokens::count);
  }
}

TEST_CASE("rounded keys and values refuse other shapes, more tokens than there is room for, and gaps") {
  RoundedKeysAndValues rounded(3, 2, 8);
  const TestMatrix x = random_matrix(4, 16, 1), narrow = random_matrix(2, 15, 1);
  const auto rows = [&](Index count) { return x.view().row_range(0, count); };
  const auto refused = [](auto&& action, const char* part) {
    expect_error<OptionError>(action, {"rounded keys and values", part});
  };
  refused([&] { rounded.round(0, narrow.view(), rows(2)); }, "the keys");
  refused([&] { rounded.round(0, rows(2), narrow.view()); }, "the values");
  refused([&] { rounded.round(0, rows(2), rows(1)); }, "the values");
  refused([&] { rounded.round(0, x.view(), x.view()); }, "4 tokens");
  refused([&] { rounded.round(1, rows(2), rows(2)); }, "1 tokens");
  refused([&] { rounded.round(-1, rows(2), rows(2)); }, "-1 tokens");
  CHECK(rounded.length() == 0);
  rounded.round(0, rows(3), rows(3));
  refused([&] { rounded.round(3, rows(2), rows(2)); }, "3 tokens");
  CHECK(rounded.length() == 3);
  refused([] { RoundedKeysAndValues(-1, 2, 8); }, "-1");
  refused([] { RoundedKeysAndValues(1, 2, -8); }, "-8");
  refused([] { RoundedKeysAndValues(Index{1} << 60, 2, 8); }, "memory");
}

TEST_CASE("attention refuses rounded keys of another shape") {
  const Tokens tokens(4, 2, 8);
  const auto refused = [&](const RoundedKeysAndValues& rounded, const char* part) {
    expect_error<OptionError>(
        [&] {
          static_cast<void>(
              attended(tokens.queries.view(), tokens.keys.view(), tokens.values.view(), tokens.shape, &rounded));
        },
        {"causal_attention", part});
  };
  refused(RoundedKeysAndValues(Tokens::count, 4, 8), "the number of heads");
  refused(RoundedKeysAndValues(Tokens::count, 2, 16), "head_dim");
  refused(tokens.room(), "the number of rounded keys is 0, not 290");
}
