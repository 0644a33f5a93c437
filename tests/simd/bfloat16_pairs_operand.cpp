// SPDX-License-Identifier: MIT
#include <multipruner/simd/detail/bfloat16_pairs_operand.hpp>

// Tested as it is, because on processors with AMX no product takes this operand.
#if MULTIPRUNER_WITH_BFLOAT16_PAIRS

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <tuple>

#include "matrix.hpp"
#include <multipruner/simd/detail/depth.hpp>

using namespace multipruner;
using namespace multipruner::test;
using simd::detail::BFloat16PairsOperand;

namespace {

TestMatrix product(MatrixView<const float> x, const WeightView& w, const simd::detail::Output* like = nullptr) {
  TestMatrix y(x.rows, w.rows);
  simd::detail::Output output{y.view()};
  if (like != nullptr) output = {y.view(), like->bias, like->store};
  BFloat16PairsOperand(x).multiply(0, w, output);
  return y;
}

std::uint32_t pair_of(MatrixView<const float> x, Index row, Index word) {
  const auto bits = [&](Index k) {
    return k < x.columns ? std::uint32_t{simd::detail::narrow<BFloat16>(x.row(row)[k]).bits} : 0u;
  };
  return bits(2 * word) | bits(2 * word + 1) << 16;
}

/// An element by itself: its pairs one after the other within each block of k, then the blocks.
float chain(MatrixView<const float> x, Index i, MatrixView<const float> w, Index j) {
  float total = 0;
  simd::detail::for_each_depth_block((x.columns + 1) / 2, [&](Index first, Index count) {
    simd::detail::Batch sum(0.0f);
    for (Index word = first; word < first + count; ++word) {
      const simd::detail::Batch a(std::bit_cast<float>(pair_of(x, i, word)));
      const simd::detail::Batch b(std::bit_cast<float>(pair_of(w, j, word)));
      sum = simd::detail::Product<simd::detail::BFloat16Pair>::add(a, b, sum);
    }
    total = first == 0 ? sum.get(0) : total + sum.get(0);
  });
  return total;
}

}  // namespace

TEST_CASE("an element of a product of pairs is its own chain, for few rows and for many") {
  const Index rows = GENERATE(Index{1}, Index{2}, Index{4}, Index{5}, Index{12}, Index{13}, Index{61});
  const auto [in, out] = GENERATE(table<Index, Index>({{1, 1}, {2, 33}, {31, 32}, {770, 7}, {1601, 65}, {1600, 31}}));
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  const Index gap = GENERATE(Index{0}, Index{3});
  CAPTURE(rows, in, out, name_of(dtype), gap);
  const TestMatrix x = random_matrix(rows, in, 1, gap);
  const StoredMatrix w = stored_as(dtype, random_matrix(out, in, 2, gap));
  const TestMatrix y = product(x.view(), w.weight());
  for (Index i = 0; i < rows; ++i) {
    for (Index j = i % 3; j < out; j += 3) {
      INFO("element " << i << ", " << j);
      const float expected = chain(x.view(), i, w.rounded.view(), j);
      if (std::bit_cast<std::uint32_t>(y(i, j)) != std::bit_cast<std::uint32_t>(expected)) FAIL();
    }
  }
}

TEST_CASE("products of pairs agree with a product in double of rounded operands") {
  const auto [rows, in, out] =
      GENERATE(table<Index, Index, Index>({{0, 5, 3}, {5, 3, 0}, {3, 0, 5}, {1, 1568, 97}, {67, 2050, 71}}));
  const TestMatrix x = random_matrix(rows, in, 1), bias = random_matrix(1, out, 3);
  const StoredMatrix w = stored_as(DType::bfloat16, random_matrix(out, in, 2));
  const StoredMatrix rounded_x = stored_as(DType::bfloat16, x);
  const simd::detail::Output with_bias{{}, bias.values.data()};
  const TestMatrix y = product(x.view(), w.weight(), &with_bias);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < out; ++j) {
      double sum = static_cast<double>(bias(0, j)), magnitude = std::abs(sum);
      for (Index k = 0; k < in; ++k) {
        const double term = static_cast<double>(rounded_x.rounded(i, k)) * static_cast<double>(w.rounded(j, k));
        sum += term;
        magnitude += std::abs(term);
      }
      INFO("element " << i << ", " << j << ": " << y(i, j) << ", expected " << sum);
      if (!close(y(i, j), sum, 1e-6 * magnitude)) FAIL();
    }
  }
}

TEST_CASE("rows of x are rounded to pairs as they are to bfloat16, denormals to zero") {
  const Index in = GENERATE(Index{5}, Index{32}, Index{69});
  TestMatrix x = random_matrix(3, in, 1), identity(in, in);  // whose product is what x was rounded to
  std::fill(identity.values.begin(), identity.values.end(), 0.0f);
  for (Index k = 0; k < in; ++k) identity(k, k) = 1;
  x(0, 0) = std::bit_cast<float>(0x3f808000u);  // in the middle of two neighbours: to the even one
  x(0, 1) = std::bit_cast<float>(0x3f818000u);
  x(1, 3) = 1e-40f;
  x(2, 4) = -std::numeric_limits<float>::max();  // to infinity, which makes NaN with zeros
  const TestMatrix y = product(x.view(), identity.weight());
  for (Index k = 0; k < in; ++k) {
    CHECK(y(0, k) == to_float(simd::detail::narrow<BFloat16>(x(0, k))));
    CHECK(y(1, k) == (k == 3 ? 0.0f : to_float(simd::detail::narrow<BFloat16>(x(1, k)))));
    CHECK(close(y(2, k), k == 4 ? -INFINITY : NAN, 0));
  }
}

#endif
