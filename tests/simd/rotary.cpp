// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/rotary.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index table_rows = 50;

struct Tables {
  TestMatrix cosines, sines;

  explicit Tables(Index half) : cosines(table_rows, half, 1), sines(table_rows, half, 2) {
    for (Index p = 0; p < table_rows; ++p) {
      for (Index j = 0; j < half; ++j) {
        const double angle =
            static_cast<double>(p) * std::pow(10000.0, -static_cast<double>(j) / static_cast<double>(half));
        cosines(p, j) = static_cast<float>(std::cos(angle));
        sines(p, j) = static_cast<float>(std::sin(angle));
      }
    }
  }
};

}  // namespace

TEST_CASE("rotate turns the pairs of every head by the angle of its position") {
  const Index head_dim = GENERATE(2, 8, 12, 16, 32, 64, 80, 96, 128), heads = GENERATE(1, 3);
  CAPTURE(head_dim, heads);
  const Index half = head_dim / 2;
  const Tables tables(half);
  const std::vector<Index> positions{0, 49, 7, 7, 1};
  const TestMatrix x = random_matrix(5, heads * head_dim, 1, 3);
  TestMatrix y = x;
  simd::rotate(y.view(), head_dim, positions, tables.cosines.view(), tables.sines.view());
  for (Index i = 0; i < 5; ++i) {
    for (Index column = 0; column < x.columns; ++column) {
      const Index j = column % head_dim, pair = j < half ? column + half : column - half;
      const Index position = positions[static_cast<std::size_t>(i)];
      const double c = static_cast<double>(tables.cosines(position, j % half)),
                   s = static_cast<double>(tables.sines(position, j % half));
      const double expected =
          static_cast<double>(x(i, column)) * c + (j < half ? -1 : 1) * static_cast<double>(x(i, pair)) * s;
      if (!close(y(i, column), expected, 1e-6)) FAIL("element " << i << ", " << column);
    }
  }
}

TEST_CASE("rotate computes a row alike alone, strided and with any number of threads") {
  const Index head_dim = 24;
  const Tables tables(head_dim / 2);
  const TestMatrix x = random_matrix(700, 2 * head_dim, 1);
  std::vector<Index> positions;
  for (Index i = 0; i < x.rows; ++i) positions.push_back(i * 7 % table_rows);
  const auto rotated = [&](Index first, Index count, Index gap) {
    TestMatrix y = copy_of(x.view().row_range(first, count), gap);
    simd::rotate(y.view(), head_dim,
                 std::span(positions).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                 tables.cosines.view(), tables.sines.view());
    return y;
  };
  require_same_for_all_thread_counts([&] { return rotated(0, x.rows, 0); });
  const TestMatrix expected = rotated(0, x.rows, 0);
  for (Index i = 0; i < x.rows; i += 31) {
    REQUIRE(same_bits(rotated(i, 1, 5).view(), expected.view().row_range(i, 1)));
  }
}

TEST_CASE("rotate refuses what does not fit") {
  const Tables tables(4);
  TestMatrix x = random_matrix(1, 16, 1);
  const auto rotate = [&](Index head_dim, Index position) {
    simd::rotate(x.view(), head_dim, {{position}}, tables.cosines.view(), tables.sines.view());
  };
  REQUIRE_THROWS_AS(rotate(7, 0), OptionError);
  REQUIRE_THROWS_AS(rotate(0, 0), OptionError);
  REQUIRE_THROWS_AS(rotate(4, 0), OptionError);  // the tables are of more than such a head
  REQUIRE_THROWS_AS(rotate(8, -1), OptionError);
  REQUIRE_THROWS_AS(rotate(8, table_rows), OptionError);
  REQUIRE_NOTHROW(rotate(8, table_rows - 1));
}

TEST_CASE("a table of fewer columns than half a head turns the first channels of each head and leaves the rest") {
  const Tables tables(4);
  TestMatrix x = random_matrix(1, 24, 2), heads = random_matrix(1, 16, 2);
  for (Index head = 0; head < 2; ++head) {
    std::copy_n(x.view().row(0) + 12 * head, 8, heads.view().row(0) + 8 * head);
  }
  const TestMatrix before = x;
  simd::rotate(x.view(), 12, {{5}}, tables.cosines.view(), tables.sines.view());
  simd::rotate(heads.view(), 8, {{5}}, tables.cosines.view(), tables.sines.view());
  for (Index head = 0; head < 2; ++head) {
    for (Index i = 0; i < 12; ++i) {
      const float expected = i < 8 ? heads.view().row(0)[8 * head + i] : before.view().row(0)[12 * head + i];
      REQUIRE(x.view().row(0)[12 * head + i] == expected);
    }
  }
}
