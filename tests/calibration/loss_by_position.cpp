// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/calibration/loss_by_position.hpp>
#include <multipruner/core/numpy_random.hpp>

using namespace multipruner;

namespace {

/// Losses of so many windows: `mean(window, position)` and what tokens differ by.
template <class Mean>
std::optional<LossClimb> climb_of(Index windows, Index length, Mean&& mean, double spread = 3) {
  NumpyRandom random(5);
  LossByPosition positions(length);
  const std::vector<TokenId> labels(static_cast<std::size_t>(length), 1);
  std::vector<double> nll(labels.size());
  for (Index window = 0; window < windows; ++window) {
    for (Index i = 0; i < length; ++i) {
      nll[static_cast<std::size_t>(i)] = mean(window, i) + 2 * spread * (random.uniform() - 0.5);
    }
    positions.add(nll, labels);
  }
  return positions.climb();
}

/// As of a model that was trained on windows of 256 tokens.
double trained_on_256(Index /*window*/, Index position) {
  return position < 256 ? 3.2 + 4 / (1.0 + static_cast<double>(position)) : 5.5;
}

}  // namespace

TEST_CASE("a loss that climbs behind what a model was trained on is found, with the length that works") {
  for (const Index windows : {1, 3, 20}) {
    for (const Index length : {512, 1024, 2048}) {
      const auto climb = climb_of(windows, length, trained_on_256);
      REQUIRE(climb);
      CHECK(climb->works_until == 256);
      CHECK(climb->best == Approx(3.2).margin(0.3));
      CHECK(climb->at_end == Approx(5.5).margin(0.3));
    }
  }
  const auto climb = climb_of(4, 1200, trained_on_256);  // halved: 600, 300, 150
  REQUIRE(climb);
  CHECK(climb->works_until == 150);
}

TEST_CASE("a loss that falls, or stays, or climbs by little, is nothing to speak of") {
  CHECK_FALSE(climb_of(8, 256, trained_on_256));
  CHECK_FALSE(climb_of(8, 2048, [](Index, Index position) { return 2 + 4 / (1.0 + static_cast<double>(position)); }));
  CHECK_FALSE(climb_of(8, 2048, [](Index, Index) { return 3.0; }));
  CHECK_FALSE(climb_of(8, 2048, [](Index, Index position) { return position < 1024 ? 3.0 : 3.1; }));
  CHECK_FALSE(climb_of(1, 64, [](Index, Index) { return 3.0; }));  // too few tokens to say anything
}

TEST_CASE("neither hard tokens nor one hard page look like a climb") {
  // A single window whose last tokens are a little harder, within what tokens differ by.
  CHECK_FALSE(climb_of(
      1, 256, [](Index, Index position) { return position < 192 ? 3.0 : 3.8; }, 5));
  // One window of eight has a table at its end.
  CHECK_FALSE(climb_of(
      8, 1024, [](Index window, Index position) { return window == 3 && position >= 768 ? 12.0 : 3.0; }, 1));
}

TEST_CASE("labels that do not count, and losses that are no numbers, do no harm") {
  LossByPosition positions(256);
  std::vector<double> nll(256, 3.0);
  std::vector<TokenId> labels(256, 1);
  for (std::size_t i = 128; i < 256; ++i) {
    nll[i] = 9;
    labels[i] = -1;
  }
  positions.add(nll, labels);
  CHECK_FALSE(positions.climb());
  labels.assign(256, 1);
  nll[200] = std::numeric_limits<double>::quiet_NaN();
  positions.add(nll, labels);
  CHECK_FALSE(positions.climb());
  LossByPosition short_windows(2);
  short_windows.add(std::vector<double>{1, 0}, std::vector<TokenId>{3, -1});
  CHECK_FALSE(short_windows.climb());
}
