// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include <multipruner/search/detail/paired_test.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The regularised incomplete beta function I_x(a, b) for 0 ≤ x ≤ (a + 1) / (a + b + 2), where its continued fraction
/// converges fast. Source: NIST Digital Library of Mathematical Functions, 8.17.22, by Lentz's method.
[[nodiscard]] inline double lower_incomplete_beta(double x, double a, double b) {
  constexpr double tiny = 1e-300, enough = 1e-15;
  constexpr int most_terms = 1000;
  const auto away_from_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int term = 1; term <= most_terms; ++term) {
    const double m = term, even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    fraction *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    fraction *= c * d;
    if (std::abs(c * d - 1) < enough) break;
  }
  const double log_beta = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  return std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta) / a * fraction;
}

MULTIPRUNER_INLINE double student_t_tail(double t, Index degrees_of_freedom) {
  if (std::isnan(t)) return t;
  if (t < 0) return 1 - student_t_tail(-t, degrees_of_freedom);
  const double n = static_cast<double>(degrees_of_freedom), a = n / 2, b = 0.5, x = n / (n + t * t);
  if (x <= 0) return 0;
  const bool fast = x <= (a + 1) / (a + b + 2);
  return 0.5 * (fast ? lower_incomplete_beta(x, a, b) : 1 - lower_incomplete_beta(1 - x, b, a));
}

MULTIPRUNER_INLINE double paired_test(std::span<const double> costs, std::span<const double> others, Index population) {
  const auto count = static_cast<double>(costs.size());
  const double unknown = 1 - count / static_cast<double>(population);
  if (costs.size() < 2) return 1;
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) mean += (costs[i] - others[i]) / count;
  for (std::size_t i = 0; i < costs.size(); ++i) squares += std::pow(costs[i] - others[i] - mean, 2);
  if (!std::isfinite(mean) || !std::isfinite(squares)) return 1;
  if (squares == 0 || unknown <= 0) return mean > 0 ? 0 : 1;
  const double t = mean / std::sqrt(squares / (count - 1) / count * unknown);
  return student_t_tail(t, static_cast<Index>(costs.size()) - 1);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
