// SPDX-License-Identifier: MIT
#include <cmath>
#include <tuple>

#include "matrix.hpp"
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>

// Products in bfloat16: how they are computed depends on the instruction set far more than float32 does.

using namespace multipruner;
using namespace multipruner::test;
using simd::Compute;

namespace {

TestMatrix product(MatrixView<const float> x, const WeightView& w) {
  TestMatrix y(x.rows, w.rows);
  simd::linear(x, w, {}, y.view(), simd::Store::overwrite, Compute::bfloat16);
  return y;
}

std::vector<double> losses(MatrixView<const float> hidden, const WeightView& head, std::span<const TokenId> labels) {
  std::vector<double> nll(labels.size());
  simd::cross_entropy(hidden, head, labels, nll, Compute::bfloat16);
  return nll;
}

/// Calls f(first, count) for parts of random size that cover 0 … rows − 1.
template <class F>
void for_random_parts(Index rows, F&& f) {
  std::mt19937 generator(3);
  for (Index first = 0; first < rows;) {
    const Index count = std::min<Index>(1 + static_cast<Index>(generator() % 40), rows - first);
    f(first, count);
    first += count;
  }
}

}  // namespace

TEST_CASE("products in bfloat16 agree with a product in double of rounded operands") {
  const auto [rows, in, out] = GENERATE(table<Index, Index, Index>({{1, 1, 1},
                                                                    {0, 5, 3},
                                                                    {5, 3, 0},
                                                                    {3, 0, 5},
                                                                    {1, 31, 97},
                                                                    {15, 32, 31},
                                                                    {16, 33, 32},
                                                                    {17, 64, 33},
                                                                    {33, 511, 65},
                                                                    {67, 521, 71}}));
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  CAPTURE(rows, in, out, name_of(dtype));
  const TestMatrix x = random_matrix(rows, in, 1, 3);
  const StoredMatrix w = stored_as(dtype, random_matrix(out, in, 2, 5));
  const StoredMatrix rounded_x = stored_as(DType::bfloat16, x), rounded_w = stored_as(DType::bfloat16, w.rounded);
  const TestMatrix y = product(x.view(), w.weight());
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < out; ++j) {
      double sum = 0, magnitude = 1e-30;
      for (Index k = 0; k < in; ++k) {
        const double term = static_cast<double>(rounded_x.rounded(i, k)) * static_cast<double>(rounded_w.rounded(j, k));
        sum += term;
        magnitude += std::abs(term);
      }
      INFO("element " << i << ", " << j << ": " << y(i, j) << ", expected " << sum);
      if (!close(y(i, j), sum, 2e-6 * magnitude)) FAIL();
    }
  }
}

TEST_CASE("products in bfloat16 are the same bits for every number of threads and whatever rows stand beside") {
  const auto dtype = GENERATE(DType::float32, DType::bfloat16);
  const TestMatrix x = random_matrix(211, 517, 1);
  const StoredMatrix w = stored_as(dtype, random_matrix(83, 517, 2));
  const TestMatrix expected = product(x.view(), w.weight());
  require_same_for_all_thread_counts([&] { return product(x.view(), w.weight()); });
  for_random_parts(x.rows, [&](Index first, Index count) {
    const TestMatrix part = product(x.view().row_range(first, count), w.weight());
    REQUIRE(same_bits(part.view(), expected.view().row_range(first, count)));
  });
}

TEST_CASE("products in bfloat16 with a view of a weight are those with the extracted weight") {
  const TestMatrix x = random_matrix(23, 300, 1);
  const StoredMatrix w = stored_as(DType::bfloat16, random_matrix(96, 300, 2));
  const auto [out, in] = GENERATE(table<Index, Index>({{1, 300}, {17, 299}, {64, 258}, {95, 1}}));
  CAPTURE(out, in);
  const StoredMatrix extracted =
      stored_as(DType::bfloat16, copy_of(w.rounded.view().row_range(0, out).column_range(0, in)));
  const auto narrow_x = x.view().column_range(0, in);
  REQUIRE(same_bits(product(narrow_x, w.weight().row_range(0, out).column_range(0, in)).view(),
                    product(narrow_x, extracted.weight()).view()));
}

TEST_CASE("losses in bfloat16 are the same bits for every number of threads and whatever rows stand beside") {
  const TestMatrix hidden = random_matrix(150, 65, 1);
  const StoredMatrix head = stored_as(DType::bfloat16, random_matrix(2300, 65, 2));
  std::vector<TokenId> labels;
  for (Index i = 0; i < hidden.rows; ++i) labels.push_back(static_cast<TokenId>(i * 37 % 2300));
  const auto expected = ThreadArena(1).execute([&] { return losses(hidden.view(), head.weight(), labels); });
  for (int threads = 2; threads <= 4; ++threads) {
    CHECK(ThreadArena(threads).execute([&] { return losses(hidden.view(), head.weight(), labels); }) == expected);
  }
  for_random_parts(hidden.rows, [&](Index first, Index count) {
    const auto at = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count);
    const auto part = losses(hidden.view().row_range(first, count), head.weight(), std::span(labels).subspan(at, size));
    REQUIRE(std::equal(part.begin(), part.end(), expected.begin() + first));
  });
}
