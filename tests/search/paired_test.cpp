// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/search/detail/paired_test.hpp>

using namespace multipruner;
using detail::paired_test;
using detail::student_t_tail;

TEST_CASE("the tail of Student's t is that of closed forms and of tables") {
  for (const double t : {0.0, 0.1, 0.7, 1.0, 3.0, 40.0, 1e5}) {
    CAPTURE(t);
    // One degree of freedom is Cauchy's distribution; two have a closed form as well.
    CHECK(student_t_tail(t, 1) == Approx(0.5 - std::atan(t) / std::acos(-1.0)).epsilon(1e-10).margin(1e-16));
    CHECK(student_t_tail(t, 2) == Approx(1 / (t * t + 2 + t * std::sqrt(t * t + 2))).epsilon(1e-10));
    CHECK(student_t_tail(-t, 2) == Approx(1 - student_t_tail(t, 2)).epsilon(1e-12));
  }
  // Printed quantiles: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  CHECK(student_t_tail(2.015, 5) == Approx(0.05).epsilon(1e-3));
  CHECK(student_t_tail(3.169, 10) == Approx(0.005).epsilon(1e-3));
  CHECK(student_t_tail(4.144, 10) == Approx(0.001).epsilon(1e-3));
}

TEST_CASE("the paired test is the textbook's, and knows nothing where there is nothing to know") {
  const std::vector<double> costs{3, 5, 4, 6}, others{1, 2, 3, 2};  // differences 2, 3, 1, 4: t = 2.5 / (1.29099 / 2)
  constexpr Index endless = Index{1} << 60;
  CHECK(paired_test(costs, others, endless) == Approx(student_t_tail(3.872983346207417, 3)).epsilon(1e-12));
  // Of twice as many pairs: the variance of the mean is half of that.
  CHECK(paired_test(costs, others, 8) == Approx(student_t_tail(std::sqrt(2.0) * 3.872983346207417, 3)).epsilon(1e-12));
  CHECK(paired_test(costs, others, 4) == 0);  // of all: nothing is left to chance
  CHECK(paired_test(others, costs, endless) == Approx(1 - paired_test(costs, others, endless)).epsilon(1e-12));
  CHECK(paired_test(costs, costs, endless) == 1);
  CHECK(paired_test(std::vector<double>{2, 3}, std::vector<double>{1, 2}, endless) ==
        0);  // worse by the same everywhere
  CHECK(paired_test(std::vector<double>{2}, std::vector<double>{1}, endless) == 1);
  for (const double odd : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(paired_test(std::vector<double>{odd, 3, 4}, std::vector<double>{1, 2, 2}, endless) == 1);
    CHECK(paired_test(std::vector<double>{5, 3, 4}, std::vector<double>{odd, 2, 2}, endless) == 1);
  }
}
