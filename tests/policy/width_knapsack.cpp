// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/policy/detail/width_knapsack.hpp>

using namespace multipruner;

namespace {

using Levels = std::vector<std::vector<detail::WidthLevel>>;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Sum {
  double added = 0;
  Index removed = 0;
};

Sum sum_of(const Levels& genes, const Genome& genome) {
  Sum sum;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const auto& [added, removed] = genes[i][static_cast<std::size_t>(genome[i])];
    sum.added += added;
    sum.removed += removed;
  }
  return sum;
}

constexpr Index any = std::numeric_limits<Index>::max();

/// The lowest sum of costs of all genomes that remove enough, and not too much.
double lowest(const Levels& genes, Index needed, Index most = any, std::size_t gene = 0, Sum so_far = {}) {
  if (gene == genes.size()) return so_far.removed >= needed && so_far.removed <= most ? so_far.added : infinity;
  double best = infinity;
  for (const auto& [added, removed] : genes[gene]) {
    if (!std::isfinite(added)) continue;
    best = std::min(best, lowest(genes, needed, most, gene + 1, {so_far.added + added, so_far.removed + removed}));
  }
  return best;
}

Levels random_levels(unsigned seed, Index scale) {
  std::mt19937 random(seed);
  Levels genes(5);
  for (auto& levels : genes) {
    const auto step = static_cast<Index>(1 + random() % 5) * scale;
    for (Index level = 0; level < 4; ++level) {
      const double added = random() % 9 == 0 ? infinity : static_cast<double>(random() % 1000) / 100 - 1;
      levels.push_back({level == 0 ? 0 : added, level * step});
    }
  }
  return genes;
}

}  // namespace

TEST_CASE("Levels whose costs have the lowest sum are those that going through all of them finds") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    for (const Index needed : {-3, 0, 1, 7, 20, 39}) {
      CAPTURE(seed, needed);
      const Levels genes = random_levels(seed, 1);
      const std::optional<Genome> found = detail::cheapest_levels(genes, needed);
      const double best = lowest(genes, needed);
      REQUIRE(found.has_value() == std::isfinite(best));
      if (!found) continue;
      CHECK(sum_of(genes, *found).removed >= needed);
      CHECK(sum_of(genes, *found).added == Approx(best).margin(1e-12));
    }
  }
}

TEST_CASE(
    "The same of levels that remove no more than the most, also of many parameters that have a measure in common") {
  int reachable = 0;
  for (unsigned seed = 0; seed < 30; ++seed) {
    for (const Index scale : {1, 1'234'567}) {
      for (const auto& [needed, width] : std::vector<std::pair<Index, Index>>{{0, 3}, {7, 0}, {20, 2}, {39, 1}}) {
        CAPTURE(seed, scale, needed);
        const Levels genes = random_levels(seed, scale);
        const Index least = std::max<Index>(needed * scale - scale / 2, 0), most = (needed + width) * scale;
        const std::optional<Genome> found = detail::cheapest_levels(genes, least, most);
        const double best = lowest(genes, least, most);
        REQUIRE(found.has_value() == std::isfinite(best));
        if (!found) continue;
        ++reachable;
        CHECK(sum_of(genes, *found).removed >= least);
        CHECK(sum_of(genes, *found).removed <= most);
        CHECK(sum_of(genes, *found).added == Approx(best).margin(1e-12));
      }
    }
  }
  CHECK(reachable > 100);
  CHECK_FALSE(detail::cheapest_levels(random_levels(1, 1), 8, 7));
}

TEST_CASE("Where levels have no measure in common, enough goes, and of the most a part for each gene more") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Levels genes = random_levels(seed, 100'000);
    Index offset = 0;
    for (auto& levels : genes) {
      for (detail::WidthLevel& level : levels) level.removed += level.removed == 0 ? 0 : ++offset;
    }
    const std::optional<Genome> found = detail::cheapest_levels(genes, 1'500'000, 1'800'000);
    if (!found) continue;
    CHECK(sum_of(genes, *found).removed >= 1'500'000);
    CHECK(sum_of(genes, *found).removed < 1'800'000 + 5 * 180);
  }
}

TEST_CASE("Of many parameters, parts are counted: enough goes, for at most what a little more would cost") {
  constexpr Index scale = 1'234'567;
  for (unsigned seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    const Levels genes = random_levels(seed, scale);
    const Index needed = 15 * scale - 7;
    const std::optional<Genome> found = detail::cheapest_levels(genes, needed);
    const double best = lowest(genes, needed + needed / 2000);  // 5 genes lose less than a part of 10,000 each
    if (!std::isfinite(best)) continue;
    REQUIRE(found);
    CHECK(sum_of(genes, *found).removed >= needed);
    CHECK(sum_of(genes, *found).added <= best + 1e-12);
  }
}

TEST_CASE("Levels that were not measured lie on straight lines between those that were") {
  CHECK(detail::interpolated(std::vector<Index>{0, 2, 5}, std::vector<double>{0, 1, 7}) ==
        std::vector<double>{0, 0.5, 1, 3, 5, 7});
  CHECK(detail::interpolated(std::vector<Index>{0}, std::vector<double>{0}) == std::vector<double>{0});
  const std::vector<double> broken =
      detail::interpolated(std::vector<Index>{0, 1, 3}, std::vector<double>{0, 1, infinity});
  CHECK(broken[1] == 1);
  CHECK_FALSE(std::isfinite(broken[2]));
  CHECK_FALSE(std::isfinite(broken[3]));
}
