// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <tuple>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/linear.hpp>

using namespace multipruner;
using namespace multipruner::test;
using simd::Store;

namespace {

constexpr Index tile_rows = simd::detail::tile_rows, tile_columns = simd::detail::tile_columns;

/// The same in double, each element by itself, with the bound of its rounding error.
void require_like_reference(const TestMatrix& x, const TestMatrix& w, const TestMatrix* bias, const TestMatrix& old,
                            const TestMatrix& y, Store store) {
  for (Index i = 0; i < x.rows; ++i) {
    for (Index j = 0; j < w.rows; ++j) {
      double sum = 0, magnitude = 1e-30;
      const auto add = [&](double term) { sum += term, magnitude += std::abs(term); };
      for (Index k = 0; k < x.columns; ++k) add(static_cast<double>(x(i, k)) * static_cast<double>(w(j, k)));
      if (bias != nullptr) add(static_cast<double>((*bias)(0, j)));
      if (store == Store::add) add(static_cast<double>(old(i, j)));
      if (!close(y(i, j), sum, 2e-6 * magnitude)) {
        INFO("element " << i << ", " << j << ": " << y(i, j) << ", expected " << sum);
        FAIL();
      }
    }
  }
}

TestMatrix product(MatrixView<const float> x, const WeightView& w) {
  TestMatrix y(x.rows, w.rows);
  simd::linear(x, w, {}, y.view());
  return y;
}

}  // namespace

TEST_CASE("linear agrees with a product in double for every shape, dtype, bias and store") {
  const auto [rows, in, out] = GENERATE(table<Index, Index, Index>({{1, 1, 1},
                                                                    {0, 5, 3},
                                                                    {5, 3, 0},
                                                                    {3, 0, 5},
                                                                    {1, 2, 97},
                                                                    {2, 255, 7},
                                                                    {3, 256, 31},
                                                                    {4, 257, 33},
                                                                    {5, 7, 2},
                                                                    {tile_rows - 1, 64, tile_columns - 1},
                                                                    {tile_rows, 65, tile_columns},
                                                                    {tile_rows + 1, 63, tile_columns + 1},
                                                                    {13, 131, 193},
                                                                    {191, 19, 65},
                                                                    {193, 101, 64},
                                                                    {67, 521, 71}}));
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  const auto store = GENERATE(Store::overwrite, Store::add);
  const bool with_bias = GENERATE(false, true);
  CAPTURE(rows, in, out, name_of(dtype), store == Store::add, with_bias);

  const TestMatrix x = random_matrix(rows, in, 1, 3);
  const StoredMatrix w = stored_as(dtype, random_matrix(out, in, 2, 5));
  const StoredMatrix bias = stored_as(dtype, random_matrix(1, out, 3));
  const TestMatrix old = random_matrix(rows, out, 4, 2);
  TestMatrix y = old;
  simd::linear(x.view(), w.weight(), with_bias ? bias.weight() : WeightView{}, y.view(), store);
  require_like_reference(x, w.rounded, with_bias ? &bias.rounded : nullptr, old, y, store);
  for (Index i = 0; i + 1 < rows; ++i) REQUIRE(std::isnan(y(i, out)));  // nothing is written beside y
}

TEST_CASE("linear gives the same bits for every number of threads") {
  const TestMatrix x = random_matrix(401, 300, 1);
  const StoredMatrix w = stored_as(DType::bfloat16, random_matrix(259, 300, 2));
  require_same_for_all_thread_counts([&] { return product(x.view(), w.weight()); });
}

TEST_CASE("linear computes a row alike whatever rows stand beside it") {
  const TestMatrix x = random_matrix(211, 517, 1), w = random_matrix(83, 517, 2);
  const TestMatrix expected = product(x.view(), w.weight());
  std::mt19937 generator(3);
  for (Index first = 0; first < x.rows;) {
    const Index count = std::min<Index>(1 + static_cast<Index>(generator() % 40), x.rows - first);
    const TestMatrix part = product(x.view().row_range(first, count), w.weight());
    REQUIRE(same_bits(part.view(), expected.view().row_range(first, count)));
    first += count;
  }
  for (Index i = 0; i < x.rows; i += 17) {
    REQUIRE(same_bits(product(x.view().row_range(i, 1), w.weight()).view(), expected.view().row_range(i, 1)));
  }
}

TEST_CASE("linear gives few rows the bits that they have among many, however many rows the weight has") {
  const auto compute = GENERATE(simd::Compute::float32, simd::Compute::bfloat16);
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  const Index out = GENERATE(Index{1}, Index{31}, Index{33}, Index{255}, Index{257}, Index{289}, Index{1111});
  const Index gap = GENERATE(Index{0}, Index{6});
  CAPTURE(simd::name_of(compute), name_of(dtype), out, gap);
  const TestMatrix x = random_matrix(9, 418, 1), bias = random_matrix(1, out, 3);
  const StoredMatrix w = stored_as(dtype, random_matrix(out, 418, 2, gap));
  const TestMatrix old = random_matrix(9, out, 4);
  const auto add = [&](Index first, Index count) {
    TestMatrix y = copy_of(old.view().row_range(first, count), 2);
    simd::linear(x.view().row_range(first, count), w.weight(), bias.weight(), y.view(), Store::add, compute);
    for (Index i = 0; i + 1 < count; ++i) REQUIRE(std::isnan(y(i, out)));
    return y;
  };
  const TestMatrix expected = ThreadArena(1).execute([&] { return add(0, 9); });
  for (const auto& [first, count] : {std::array<Index, 2>{0, 1}, {1, 2}, {3, 3}, {5, 4}}) {
    const TestMatrix part = ThreadArena(1).execute([&] { return add(first, count); });
    REQUIRE(same_bits(part.view(), expected.view().row_range(first, count)));
  }
}

TEST_CASE("linear computes a view of a weight as it computes the extracted weight") {
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  const auto [out, in] = GENERATE(table<Index, Index>({{1, 300}, {17, 299}, {64, 258}, {95, 1}, {96, 300}}));
  CAPTURE(name_of(dtype), out, in);
  const TestMatrix x = random_matrix(23, 300, 1);
  const StoredMatrix w = stored_as(dtype, random_matrix(96, 300, 2));
  const StoredMatrix extracted = stored_as(dtype, copy_of(w.rounded.view().row_range(0, out).column_range(0, in)));
  const TestMatrix narrow_x = copy_of(x.view().column_range(0, in), 1);

  const TestMatrix y = product(x.view().column_range(0, in), w.weight().row_range(0, out).column_range(0, in));
  REQUIRE(same_bits(y.view(), product(narrow_x.view(), extracted.weight()).view()));

  // A column of y is the same as that of the whole product and as that of its weight row alone.
  const TestMatrix whole = product(narrow_x.view(), w.weight().column_range(0, in));
  REQUIRE(same_bits(y.view(), whole.view().column_range(0, out)));
  const TestMatrix last = product(narrow_x.view(), extracted.weight().row_range(out - 1, 1));
  REQUIRE(same_bits(y.view().column_range(out - 1, 1), last.view()));
}

TEST_CASE("linear keeps infinities, NaN and denormals where they belong") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  TestMatrix x = random_matrix(29, 37, 1), w = random_matrix(41, 37, 2);
  x(3, 5) = infinity;
  x(11, 36) = nan;
  x(12, 0) = -infinity;
  w(7, 1) = infinity;
  w(8, 1) = -infinity;
  w(40, 36) = nan;
  w(9, 5) = 0;  // meets an infinity
  for (Index k = 0; k < x.columns; ++k) x(20, k) = 1e-42f, w(20, k) = 3.0f;
  const TestMatrix y = product(x.view(), w.weight());
  require_like_reference(x, w, nullptr, y, y, Store::overwrite);
  REQUIRE(y(20, 20) == Approx(37 * 3e-42).epsilon(0.01));
}

TEST_CASE("linear with several weights gives the bits of each alone") {
  const Index rows = GENERATE(Index{0}, Index{1}, Index{40});
  const simd::Compute compute = GENERATE(simd::Compute::float32, simd::Compute::bfloat16);
  const Store store = GENERATE(Store::overwrite, Store::add);
  const TestMatrix x = random_matrix(rows, 70, 1), bias = random_matrix(1, 130, 5);
  std::vector<TestMatrix> weights, alone, together;
  for (const Index out : {130, 0, 1, 33}) {
    weights.push_back(random_matrix(out, 70, static_cast<unsigned>(out)));
    alone.push_back(random_matrix(rows, out, 7));
    together.push_back(alone.back());
  }
  std::vector<simd::LinearTerm> terms;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const WeightView bias_of_first = i == 0 ? bias.weight() : WeightView{};
    simd::linear(x.view(), weights[i].weight(), bias_of_first, alone[i].view(), store, compute);
    terms.push_back({weights[i].weight(), bias_of_first, together[i].view()});
  }
  simd::linear(x.view(), terms, store, compute);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (Index row = 0; row < rows; ++row) {
      const float* const expected = alone[i].view().row(row);
      CHECK(std::equal(expected, expected + alone[i].columns, together[i].view().row(row)));
    }
  }
}

TEST_CASE("linear refuses operands whose shapes disagree") {
  const TestMatrix x = random_matrix(2, 3, 1), w = random_matrix(4, 3, 2), bias = random_matrix(1, 5, 3);
  TestMatrix y(2, 4);
  REQUIRE_THROWS_AS(simd::linear(x.view().column_range(0, 2), w.weight(), {}, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::linear(x.view().row_range(0, 1), w.weight(), {}, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::linear(x.view(), w.weight().row_range(0, 3), {}, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::linear(x.view(), w.weight(), bias.weight(), y.view()), OptionError);
}
