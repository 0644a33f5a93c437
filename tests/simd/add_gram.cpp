// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <support/expect_error.hpp>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/add_gram.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index tile_rows = simd::detail::tile_rows, tile_columns = simd::detail::tile_columns;

struct Doubles {
  std::vector<double> values;
  Index rows, columns;

  Doubles(Index rows_, Index columns_, double value)
      : values(static_cast<std::size_t>(rows_ * columns_), value), rows(rows_), columns(columns_) {}
  [[nodiscard]] MatrixView<double> view() { return {values.data(), rows, columns}; }
};

/// Whether element (i, j) of `got` is 1 more than the product of two columns, within the rounding of float32 sums.
bool is_product(const TestMatrix& a, Index i, const TestMatrix& b, Index j, double got) {
  double sum = 1, magnitude = 1e-30;
  for (Index row = 0; row < a.rows; ++row) {
    const double term = static_cast<double>(a(row, i)) * static_cast<double>(b(row, j));
    sum += term;
    magnitude += std::abs(term);
  }
  return std::abs(got - sum) <= 2e-6 * magnitude;
}

}  // namespace

TEST_CASE("the Gram matrix agrees with products in double for every shape") {
  const auto [rows, columns] = GENERATE(table<Index, Index>({{0, 3},
                                                             {1, 1},
                                                             {7, tile_rows},
                                                             {33, tile_columns + 1},
                                                             {385, 2 * tile_columns - 1},
                                                             {800, 61},
                                                             {5, 24 * tile_rows + 37},
                                                             {40, 16 * tile_columns + 70}}));
  CAPTURE(rows, columns);
  const TestMatrix x = random_matrix(rows, columns, 1, 3);
  Doubles gram(columns, columns, 1.0);
  simd::add_gram(x.view(), gram.view());
  for (Index i = 0; i < columns; ++i) {
    for (Index j = i; j < columns; ++j) REQUIRE(is_product(x, i, x, j, gram.view().row(i)[j]));
  }
}

TEST_CASE("the product of two sets of columns agrees with products in double for every shape") {
  const auto [rows, m, n] = GENERATE(table<Index, Index, Index>({{0, 2, 3},
                                                                 {1, 1, 1},
                                                                 {9, tile_rows + 1, 2},
                                                                 {9, 2, tile_columns + 1},
                                                                 {400, 30, 70},
                                                                 {12, 24 * tile_rows + 5, 16 * tile_columns + 3}}));
  CAPTURE(rows, m, n);
  const TestMatrix a = random_matrix(rows, m, 1, 2), b = random_matrix(rows, n, 2, 1);
  Doubles product(m, n, 1.0);
  simd::add_cross_gram(a.view(), b.view(), product.view());
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) REQUIRE(is_product(a, i, b, j, product.view().row(i)[j]));
  }
}

TEST_CASE("Gram matrices have the same bits for every number of threads, and whatever columns stand beside") {
  const TestMatrix x = random_matrix(500, 700, 3);
  const auto gram_of = [&](MatrixView<const float> rows, int threads) {
    Doubles gram(rows.columns, rows.columns, 0.0);
    ThreadArena(threads).execute([&] { simd::add_gram(rows, gram.view()); });
    for (Index i = 0; i < rows.columns; ++i) std::fill_n(gram.view().row(i), i, 0.0);
    return gram;
  };
  const Doubles expected = gram_of(x.view(), 1);
  for (int threads = 2; threads <= 4; ++threads) CHECK(gram_of(x.view(), threads).values == expected.values);
  Doubles part = gram_of(x.view().column_range(13, 50), 1);
  Doubles whole = expected;
  for (Index i = 0; i < 50; ++i) {
    for (Index j = i; j < 50; ++j) REQUIRE(part.view().row(i)[j] == whole.view().row(13 + i)[13 + j]);
  }
}

TEST_CASE("Gram matrices refuse targets of another shape") {
  const TestMatrix x = random_matrix(4, 3, 1), y = random_matrix(5, 3, 1);
  Doubles square(3, 3, 0), wrong(3, 4, 0);
  expect_error<OptionError>([&] { simd::add_gram(x.view(), wrong.view()); }, {"add_gram", "column count"});
  expect_error<OptionError>([&] { simd::add_cross_gram(x.view(), y.view(), square.view()); }, {"row count of b"});
}
