// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/search/detail/pareto.hpp>

using namespace multipruner;

namespace {

using Places = std::vector<std::size_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

/// By the definition: what is left is gone through again and again.
std::vector<Places> fronts_by_definition(const std::vector<Objectives>& points) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < points.size(); ++i) left.push_back(i);
  std::vector<Places> fronts;
  while (!left.empty()) {
    Places front;
    for (const std::size_t a : left) {
      const auto beats = [&](std::size_t b) {
        bool no_worse = true, better = false;
        for (std::size_t k = 0; k < points[a].size(); ++k) {
          no_worse = no_worse && points[b][k] <= points[a][k];
          better = better || points[b][k] < points[a][k];
        }
        return no_worse && better;
      };
      if (std::ranges::none_of(left, beats)) front.push_back(a);
    }
    std::erase_if(left, [&](std::size_t i) { return std::ranges::count(front, i) > 0; });
    fronts.push_back(front);
  }
  return fronts;
}

std::vector<Objectives> random_points(std::size_t count, std::size_t objectives, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Objectives> points(count, Objectives(objectives));
  for (Objectives& point : points) {
    for (double& value : point) value = static_cast<double>(random() % 12);  // so that many are alike
  }
  return points;
}

}  // namespace

TEST_CASE("A point dominates what is no better anywhere and worse somewhere; what is not finite dominates nothing") {
  using detail::dominates;
  const auto check = [](const Objectives& a, const Objectives& b) { return dominates(a, b); };
  CHECK(check({1, 2}, {1, 3}));
  CHECK(check({1, 2}, {2, 3}));
  CHECK_FALSE(check({1, 2}, {1, 2}));
  CHECK_FALSE(check({1, 3}, {2, 2}));
  CHECK_FALSE(check({2, 3}, {1, 2}));
  for (const double wrong : {nan_value, infinity, -infinity}) {
    CHECK_FALSE(check({wrong, 0}, {1, 1}));
    CHECK(check({9, 9}, {wrong, 0}));
    CHECK_FALSE(check({wrong, 0}, {wrong, 1}));
  }
}

TEST_CASE("Non-dominated sorting is that of the definition") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    for (const std::size_t objectives : {1, 2, 3, 5}) {
      CAPTURE(seed, objectives);
      const std::vector<Objectives> points = random_points(60, objectives, seed);
      CHECK(detail::pareto_fronts(points) == fronts_by_definition(points));
    }
  }
  CHECK(detail::pareto_fronts({}).empty());
  const std::vector<Objectives> hand{{1, 5}, {2, 2}, {5, 1}, {3, 3}, {4, 4}, {2, 2}, {nan_value, 0}};
  CHECK(detail::pareto_fronts(hand) == std::vector<Places>{{0, 1, 2, 5}, {3}, {4}, {6}});
}

TEST_CASE("Crowding distances are those of worked examples") {
  const std::vector<Objectives> points{{0, 10}, {9, 9}, {4, 4}, {10, 0}, {1, 6}};
  CHECK(detail::crowding_distances(points, Places{0, 2, 3, 4}) ==
        std::vector<double>{infinity, 0.9 + 0.6, infinity, 0.4 + 0.6});
  const std::vector<Objectives> flat{{1, 7}, {2, 7}, {4, 7}};  // an objective that says nothing
  CHECK(detail::crowding_distances(flat, Places{2, 0, 1}) == std::vector<double>{infinity, infinity, 1});
  const std::vector<Objectives> alike{{1, 1}, {1, 1}, {1, 1}};
  CHECK(detail::crowding_distances(alike, Places{0, 1, 2}) == std::vector<double>{0, 0, 0});
  const std::vector<Objectives> broken{{nan_value, 1}, {infinity, 2}};
  CHECK(detail::crowding_distances(broken, Places{0, 1}) == std::vector<double>{0, 0});
  CHECK(detail::crowding_distances(points, Places{1}) == std::vector<double>{0});
}

TEST_CASE("An archive holds the first front of all that was added") {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const std::vector<Objectives> points = random_points(80, 2, seed);
    detail::ParetoArchive archive;
    std::vector<EvaluatedGenome> evaluated;
    for (const Objectives& point : points) {
      evaluated.push_back({{}, point});
      archive.add(evaluated, evaluated.size() - 1);
      const std::vector<Objectives> so_far(points.begin(), points.begin() + static_cast<long>(evaluated.size()));
      CHECK(archive.front() == fronts_by_definition(so_far).front());
    }
    evaluated.push_back({{}, {nan_value, -1}});
    const Places before = archive.front();
    archive.add(evaluated, evaluated.size() - 1);
    CHECK(archive.front() == before);
  }
}
