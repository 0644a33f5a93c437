// SPDX-License-Identifier: MIT
#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/add_scaled.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("add_scaled agrees with its definition, at every place and with any number of threads") {
  const Index rows = GENERATE(0, 1, 5, 97), columns = GENERATE(0, 1, 7, 8, 33, 401);
  const TestMatrix x = random_matrix(rows, columns, 1, 2), y = random_matrix(rows, columns, 2, 5);
  const auto added = [&] {
    TestMatrix sum = copy_of(y.view(), 3);
    simd::add_scaled(x.view(), 0.3f, sum.view());
    return sum;
  };
  require_same_for_all_thread_counts(added);
  const TestMatrix sum = added();
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      const double expected = 0.3 * static_cast<double>(x(i, j)) + static_cast<double>(y(i, j));
      if (!close(sum(i, j), expected, 1e-6)) FAIL("element " << i << ", " << j);
    }
  }
}

TEST_CASE("add_scaled refuses operands whose shapes disagree") {
  TestMatrix y = random_matrix(2, 3, 1);
  REQUIRE_THROWS_AS(simd::add_scaled(random_matrix(2, 4, 2).view(), 1, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::add_scaled(random_matrix(1, 3, 2).view(), 1, y.view()), OptionError);
}
