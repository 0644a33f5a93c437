// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>
#include <support/reference_losses.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/window_losses.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("a row's label is the token that follows it in its window") {
  const TokenWindows windows{3, {5, 6, 7, 8, 6, 9, 1, 2, 6}, TokenId{6}};
  const WindowRange all{&windows, 0, 3}, second{&windows, 1, 1};
  CHECK(all.rows() == 9);
  CHECK(all.labels() == std::vector<TokenId>{-1, 7, -1, -1, 9, -1, 2, -1, -1});
  CHECK(second.labels() == std::vector<TokenId>{-1, 9, -1});
  CHECK(std::vector(second.tokens().begin(), second.tokens().end()) == std::vector<TokenId>{8, 6, 9});
  const TokenWindows nothing_ignored{3, {5, 6, 7}};
  CHECK(WindowRange{&nothing_ignored, 0, 1}.labels() == std::vector<TokenId>{6, 7, -1});
}

TEST_CASE("a window's loss is the mean over the labels that count") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const TokenWindows windows{4, {3, 1, 4, 1, 5, 9, 2, 6, 5, 8, 8, 8}, TokenId{8}};
  const WindowRange range{&windows, 0, 3};
  Matrix<float> stream(12, 64);
  for (Index i = 0; i < 12 * 64; ++i) stream.view().data[i] = std::sin(static_cast<float>(i * i % 997));
  std::vector<double> losses(3);
  Workspace workspace;
  window_losses(graph, stream.view(), range, losses, workspace);

  const auto loss = [&](Index row, TokenId label) {
    return reference_loss(graph, {stream.view().row(row), 64}, label);
  };
  CHECK(losses[0] == Approx((loss(0, 1) + loss(1, 4) + loss(2, 1)) / 3).epsilon(1e-6));
  CHECK(losses[1] == Approx((loss(4, 9) + loss(5, 2) + loss(6, 6)) / 3).epsilon(1e-6));
  CHECK(std::isnan(losses[2]));  // no label is left
}
