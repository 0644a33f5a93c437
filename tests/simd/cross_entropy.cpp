// SPDX-License-Identifier: MIT
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/cross_entropy.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

double reference(const TestMatrix& hidden, const TestMatrix& head, Index i, TokenId label) {
  std::vector<double> logits;
  for (Index v = 0; v < head.rows; ++v) {
    double sum = 0;
    for (Index k = 0; k < hidden.columns; ++k)
      sum += static_cast<double>(hidden(i, k)) * static_cast<double>(head(v, k));
    logits.push_back(sum);
  }
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - max);
  return max + std::log(sum) - logits[static_cast<std::size_t>(label)];
}

std::vector<TokenId> some_labels(Index rows, Index vocabulary) {
  std::vector<TokenId> labels;
  std::mt19937 generator(7);
  for (Index i = 0; i < rows; ++i)
    labels.push_back(static_cast<TokenId>(generator() % static_cast<unsigned>(vocabulary)));
  return labels;
}

std::vector<double> losses(MatrixView<const float> hidden, const WeightView& head, std::span<const TokenId> labels) {
  std::vector<double> nll(labels.size(), -1);
  simd::cross_entropy(hidden, head, labels, nll);
  return nll;
}

}  // namespace

TEST_CASE("cross_entropy agrees with its definition in double") {
  const Index rows = GENERATE(0, 1, 7, 65), in = GENERATE(1, 19, 64);
  const Index vocabulary = GENERATE(1, 2, 255, 256, 257, 2047, 2048, 2049, 4099);
  const auto dtype = GENERATE(DType::float32, DType::bfloat16);
  CAPTURE(rows, in, vocabulary, name_of(dtype));
  const TestMatrix hidden = random_matrix(rows, in, 1, 3);
  const StoredMatrix head = stored_as(dtype, random_matrix(vocabulary, in, 2, 1));
  const auto labels = some_labels(rows, vocabulary);
  const auto nll = losses(hidden.view(), head.weight(), labels);
  for (Index i = 0; i < rows; i += 3) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(nll[at] == Approx(reference(hidden, head.rounded, i, labels[at])).epsilon(2e-6).margin(1e-5));
    REQUIRE(nll[at] >= -1e-5);
  }
}

TEST_CASE("cross_entropy ignores negative labels") {
  const TestMatrix hidden = random_matrix(200, 8, 1), head = random_matrix(300, 8, 2);
  auto labels = some_labels(200, 300);
  const auto all = losses(hidden.view(), head.weight(), labels);
  for (std::size_t i = 0; i < 200; ++i) labels[i] = i % 3 == 0 || i >= 190 ? -100 : labels[i];
  const auto some = losses(hidden.view(), head.weight(), labels);
  for (std::size_t i = 0; i < 200; ++i) REQUIRE(some[i] == (labels[i] < 0 ? 0.0 : all[i]));
  const std::vector<TokenId> none(200, -1);
  REQUIRE(losses(hidden.view(), head.weight(), none) == std::vector<double>(200, 0.0));
}

TEST_CASE("cross_entropy computes a row alike alone, strided and with any number of threads") {
  const TestMatrix hidden = random_matrix(230, 40, 1), head = random_matrix(5003, 40, 2);
  const auto labels = some_labels(230, 5003);
  const auto run = [&] { return losses(hidden.view(), head.weight(), labels); };
  const auto expected = ThreadArena(1).execute(run);
  for (int threads = 2; threads <= 4; ++threads) REQUIRE(ThreadArena(threads).execute(run) == expected);
  const TestMatrix strided = copy_of(hidden.view(), 7), wide_head = copy_of(head.view(), 9);
  for (std::size_t i = 0; i < labels.size(); i += 23) {
    const auto alone = losses(strided.view().row_range(static_cast<Index>(i), 1), wide_head.weight(), {&labels[i], 1});
    REQUIRE(alone[0] == expected[i]);
  }
}

TEST_CASE("cross_entropy stays finite for huge logits and gives NaN for NaN") {
  TestMatrix hidden = random_matrix(3, 4, 1), head = random_matrix(600, 4, 2);
  for (Index k = 0; k < 4; ++k) hidden(0, k) *= 1e4f;
  hidden(1, 2) = std::numeric_limits<float>::quiet_NaN();
  const auto labels = some_labels(3, 600);
  const auto nll = losses(hidden.view(), head.weight(), labels);
  REQUIRE(nll[0] == Approx(reference(hidden, head, 0, labels[0])).epsilon(1e-5));
  REQUIRE(std::isnan(nll[1]));
  REQUIRE(std::isfinite(nll[2]));
}

TEST_CASE("cross_entropy gives tokens with the logit -inf no share, even a tile full of them") {
  TestMatrix hidden(1, 1), head(700, 1);
  hidden(0, 0) = 1;
  for (Index v = 0; v < 700; ++v) head(v, 0) = v < 600 ? -std::numeric_limits<float>::infinity() : -1000.0f;
  const TokenId label = 650;
  REQUIRE(losses(hidden.view(), head.weight(), {&label, 1})[0] == Approx(std::log(100.0)));
}

TEST_CASE("cross_entropy refuses what does not fit") {
  const TestMatrix hidden = random_matrix(2, 3, 1), head = random_matrix(5, 3, 2);
  std::vector<double> nll(2);
  const std::vector<TokenId> good{0, 4}, outside{0, 5}, few{0};
  REQUIRE_NOTHROW(simd::cross_entropy(hidden.view(), head.weight(), good, nll));
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view(), head.weight(), outside, nll), OptionError);
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view(), head.weight(), few, nll), OptionError);
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view().column_range(0, 2), head.weight(), good, nll), OptionError);
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view(), head.weight(), good, std::span(nll).first(1)), OptionError);
}

TEST_CASE("logits are scaled and moved before their exponentials are taken") {
  const Index vocabulary = GENERATE(3, 257, 2049);
  const TestMatrix hidden = random_matrix(9, 16, 1), head = random_matrix(vocabulary, 16, 2, 3);
  const TestMatrix bias = random_matrix(1, vocabulary, 3);
  std::vector<float> scale;
  for (Index i = 0; i < vocabulary; ++i) scale.push_back(0.5f + 0.25f * static_cast<float>(i % 4));
  const auto labels = some_labels(9, vocabulary);
  std::vector<double> nll(labels.size());
  simd::cross_entropy(hidden.view(), head.weight(), labels, nll, simd::Compute::float32,
                      {.scale = scale, .bias = bias.weight()});
  for (Index row = 0; row < 9; ++row) {
    std::vector<double> logits;
    double sum = 0;
    for (Index token = 0; token < vocabulary; ++token) {
      double product = 0;
      for (Index i = 0; i < 16; ++i)
        product += static_cast<double>(hidden(row, i)) * static_cast<double>(head(token, i));
      logits.push_back(static_cast<double>(scale[static_cast<std::size_t>(token)]) * product +
                       static_cast<double>(bias(0, token)));
      sum += std::exp(logits.back());
    }
    const auto at = static_cast<std::size_t>(row);
    REQUIRE(nll[at] == Approx(std::log(sum) - logits[static_cast<std::size_t>(labels[at])]).epsilon(1e-5));
  }
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view(), head.weight(), labels, nll, simd::Compute::float32,
                                        {.scale = std::span(scale).first(2)}),
                    OptionError);
  REQUIRE_THROWS_AS(simd::cross_entropy(hidden.view(), head.weight(), labels, nll, simd::Compute::float32,
                                        {.bias = bias.weight().column_range(0, 2)}),
                    OptionError);
}

TEST_CASE("cross_entropy of logits that are multiplied and capped agrees with its definition in double") {
  const TestMatrix hidden = random_matrix(9, 19, 1, 3), head = random_matrix(2049, 19, 2, 1);
  const auto labels = some_labels(9, 2049);
  std::vector<double> nll(9);
  simd::cross_entropy(hidden.view(), head.weight(), labels, nll, simd::Compute::float32,
                      {.factor = 0.4f, .soft_cap = 1.5f});
  for (Index i = 0; i < 9; ++i) {
    double sum = 0, of_label = 0;
    for (Index v = 0; v < head.rows; ++v) {
      double logit = 0;
      for (Index k = 0; k < 19; ++k) logit += static_cast<double>(hidden(i, k)) * static_cast<double>(head(v, k));
      logit = 1.5 * std::tanh(0.4 * logit / 1.5);
      sum += std::exp(logit);
      if (v == labels[static_cast<std::size_t>(i)]) of_label = logit;
    }
    REQUIRE(nll[static_cast<std::size_t>(i)] == Approx(std::log(sum) - of_label).epsilon(2e-6));
  }
}
