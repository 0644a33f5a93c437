// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/softmax_divergence.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// log softmax of a row of logits in double.
std::vector<double> log_probabilities(const TestMatrix& hidden, const TestMatrix& head, Index i) {
  std::vector<double> logits;
  for (Index v = 0; v < head.rows; ++v) {
    double sum = 0;
    for (Index k = 0; k < hidden.columns; ++k) {
      sum += static_cast<double>(hidden(i, k)) * static_cast<double>(head(v, k));
    }
    logits.push_back(sum);
  }
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - max);
  for (double& logit : logits) logit -= max + std::log(sum);
  return logits;
}

double reference(const TestMatrix& p_hidden, const TestMatrix& p_head, const TestMatrix& q_hidden,
                 const TestMatrix& q_head, Index i) {
  const std::vector<double> p = log_probabilities(p_hidden, p_head, i), q = log_probabilities(q_hidden, q_head, i);
  double sum = 0;
  for (std::size_t v = 0; v < p.size(); ++v) sum += std::exp(p[v]) * (p[v] - q[v]);
  return sum;
}

std::vector<double> divergences(const TestMatrix& p_hidden, const TestMatrix& p_head, const TestMatrix& q_hidden,
                                const TestMatrix& q_head) {
  const std::vector<TokenId> labels(static_cast<std::size_t>(p_hidden.rows), 0);
  std::vector<double> kl(labels.size(), -1);
  simd::softmax_divergence({p_hidden.view(), p_head.weight()}, {q_hidden.view(), q_head.weight()}, labels, kl);
  return kl;
}

}  // namespace

TEST_CASE("softmax_divergence agrees with its definition in double") {
  const Index rows = GENERATE(0, 1, 9, 300), in = GENERATE(3, 40);
  const Index vocabulary = GENERATE(1, 255, 257, 2049, 4100);
  CAPTURE(rows, in, vocabulary);
  const TestMatrix p_hidden = random_matrix(rows, in, 1, 3), p_head = random_matrix(vocabulary, in, 2, 1);
  const TestMatrix q_hidden = random_matrix(rows, in, 3, 2), q_head = random_matrix(vocabulary, in, 4, 1);
  const std::vector<double> kl = divergences(p_hidden, p_head, q_hidden, q_head);
  for (Index i = 0; i < rows; i += 7) {
    const double expected = reference(p_hidden, p_head, q_hidden, q_head, i);
    REQUIRE(kl[static_cast<std::size_t>(i)] == Approx(expected).epsilon(1e-5).margin(2e-5));
  }
}

TEST_CASE("a distribution does not diverge from itself, and small divergences are not lost in rounding") {
  const TestMatrix hidden = random_matrix(50, 24, 1, 3), head = random_matrix(3000, 24, 2, 1);
  for (const double kl : divergences(hidden, head, hidden, head)) CHECK(kl == Approx(0).margin(2e-6));
  TestMatrix near = copy_of(hidden.view());
  for (Index i = 0; i < 50; ++i) near(i, 0) += 0.01f;
  const std::vector<double> kl = divergences(hidden, head, near, head);
  for (Index i = 0; i < 50; i += 9) {
    const double expected = reference(hidden, head, near, head, i);
    CHECK(kl[static_cast<std::size_t>(i)] == Approx(expected).margin(3e-6));
    CHECK(expected > 0);
  }
}

TEST_CASE("softmax_divergence leaves out rows without a label, and computes a row alike alone and with any threads") {
  const TestMatrix p = random_matrix(280, 16, 1), q = random_matrix(280, 16, 2), head = random_matrix(2100, 16, 3);
  const auto run = [&] { return divergences(p, head, q, head); };
  const std::vector<double> all = ThreadArena(1).execute(run);
  for (int threads = 2; threads <= 4; ++threads) REQUIRE(ThreadArena(threads).execute(run) == all);
  std::vector<TokenId> labels(280, 1);
  for (std::size_t i = 0; i < labels.size(); i += 3) labels[i] = -1;
  std::vector<double> kl(280);
  simd::softmax_divergence({p.view(), head.weight()}, {q.view(), head.weight()}, labels, kl);
  for (std::size_t i = 0; i < labels.size(); ++i) REQUIRE(kl[i] == (i % 3 == 0 ? 0 : all[i]));
  std::vector<double> one(1);
  simd::softmax_divergence({p.view().row_range(77, 1), head.weight()}, {q.view().row_range(77, 1), head.weight()},
                           std::span(labels).subspan(77, 1), one);
  CHECK(one[0] == all[77]);
}

TEST_CASE("softmax_divergence passes on what is not finite, and refuses shapes that disagree") {
  TestMatrix p = random_matrix(2, 8, 1);
  const TestMatrix q = random_matrix(2, 8, 2), head = random_matrix(20, 8, 3), short_head = random_matrix(19, 8, 3);
  CHECK_THROWS_AS(divergences(p, head, q, short_head), OptionError);
  p(1, 0) = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> kl = divergences(p, head, q, head);
  CHECK(std::isfinite(kl[0]));
  CHECK_FALSE(std::isfinite(kl[1]));
}
