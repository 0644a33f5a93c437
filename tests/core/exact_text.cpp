// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <limits>

#include <catch2/catch.hpp>

#include <multipruner/core/exact_text.hpp>

using namespace multipruner;

TEST_CASE("the exact text of a double is short, and the same double again") {
  CHECK(exact_text(0.1) == "0.1");
  CHECK(exact_text(1e-9) == "1e-09");
  CHECK(exact_text(1e-7) != exact_text(2e-7));  // where std::to_string has the same zeros
  for (const double value :
       {1.0 / 3, 0.1 + 0.2, 5e-324, std::numeric_limits<double>::max(), -0.0, 123456789.123456789}) {
    CHECK(std::strtod(exact_text(value).c_str(), nullptr) == value);
  }
}
