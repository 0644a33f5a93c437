// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>

#include <multipruner/search/detail/genetic_operators.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index draws = 200'000;

/// What pymoo draws: tests/oracle/nsga_ii_pymoo.py.
nlohmann::json golden() {
  std::ifstream file(source_path("tests/data/search/nsga_ii_pymoo.json"));
  return nlohmann::json::parse(file);
}

/// Two samples of one distribution differ by more than five standard errors in less than one of a million comparisons.
double allowance(double share, double samples) {
  const double errors = share * (1 - share) * (1 / samples + 1 / static_cast<double>(draws));
  return 5 * std::sqrt(errors) + 5 / samples;  // of values that neither has drawn often
}

/// Compares shares of single values or, where there are many, shares below pymoo's quantiles.
void check_distribution(const std::vector<Index>& drawn, Index lowest, const nlohmann::json& expected,
                        const nlohmann::json& golden) {
  const auto samples = golden.at("samples").get<double>();
  const auto share_of = [&](const auto& is_counted) {
    return static_cast<double>(std::ranges::count_if(drawn, is_counted)) / static_cast<double>(drawn.size());
  };
  if (expected.contains("counts")) {
    const auto counts = expected["counts"].get<std::vector<double>>();
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Index value = lowest + static_cast<Index>(i);
      CAPTURE(value);
      const double share = counts[i] / samples;
      CHECK(std::abs(share_of([&](Index v) { return v == value; }) - share) <= allowance(share, samples));
    }
    return;
  }
  const auto quantiles = expected.at("quantiles").get<std::vector<double>>();
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const double share = golden.at("quantiles")[i].get<double>(), most = allowance(share, samples);
    CAPTURE(share, quantiles[i]);  // a value that is drawn often is a quantile of several shares
    CHECK(share_of([&](Index v) { return static_cast<double>(v) < quantiles[i]; }) <= share + most);
    CHECK(share_of([&](Index v) { return static_cast<double>(v) <= quantiles[i]; }) >= share - most);
  }
}

}  // namespace

TEST_CASE("Simulated binary crossover distributes children as pymoo's") {
  const nlohmann::json golden = ::golden();
  for (const nlohmann::json& expected : golden.at("crossover")) {
    CAPTURE(expected.at("parents").dump(), expected.at("eta").get<double>());
    const std::vector<GeneRange> genes{{expected.at("lowest").get<Index>(), expected.at("highest").get<Index>()}};
    const auto parents = expected.at("parents").get<std::vector<Index>>();
    NumpyRandom random(1);
    std::vector<Index> first, distance;
    for (Index i = 0; i < draws; ++i) {
      const auto children = detail::simulated_binary_crossover({parents[0]}, {parents[1]}, genes,
                                                               expected.at("eta").get<double>(), random);
      first.push_back(detail::nearest_genome(children.first, genes)[0]);
      distance.push_back(std::abs(first.back() - detail::nearest_genome(children.second, genes)[0]));
    }
    check_distribution(first, genes[0].lowest, expected.at("first"), golden);
    check_distribution(distance, 0, expected.at("distance"), golden);
  }
}

TEST_CASE("Polynomial mutation distributes genes as pymoo's") {
  const nlohmann::json golden = ::golden();
  for (const nlohmann::json& expected : golden.at("mutation")) {
    CAPTURE(expected.at("value").get<Index>(), expected.at("eta").get<double>());
    const GeneRange range{expected.at("lowest").get<Index>(), expected.at("highest").get<Index>()};
    const std::vector<GeneRange> genes(expected.at("genes").get<std::size_t>(), range);
    NumpyRandom random(2);
    std::vector<Index> drawn;
    for (Index i = 0; i < draws; ++i) {
      detail::RealGenome genome(genes.size(), expected.at("value").get<double>());
      detail::polynomial_mutation(genome, genes, expected.at("eta").get<double>(), random);
      drawn.push_back(detail::nearest_genome(genome, genes)[0]);
    }
    check_distribution(drawn, range.lowest, expected.at("first"), golden);
  }
}

TEST_CASE("Genes are rounded half to even and stay in their range") {
  const std::vector<GeneRange> genes(5, {-1, 4});
  CHECK(detail::nearest_genome({0.5, 1.5, 2.5, -0.5, 7}, genes) == Genome{0, 2, 2, 0, 4});
  CHECK(detail::nearest_genome({-9, -1.4, 0.49, 3.51, 4.4}, genes) == Genome{-1, -1, 0, 4, 4});
}

TEST_CASE("Random genomes have every value of a gene equally often") {
  NumpyRandom random(3);
  const std::vector<GeneRange> genes{{-2, 3}, {5, 5}};
  std::vector<Index> counts(6);
  for (Index i = 0; i < 60'000; ++i) {
    const Genome genome = detail::random_genome(genes, random);
    CHECK(genome[1] == 5);
    ++counts.at(static_cast<std::size_t>(genome[0] + 2));
  }
  for (const Index count : counts) CHECK(std::abs(count - 10'000) < 5 * 92);  // standard deviation √(60000/6 · 5/6)
}

TEST_CASE("Genes in which parents are alike are inherited, and a gene of one value is never moved") {
  NumpyRandom random(4);
  const std::vector<GeneRange> genes{{0, 9}, {7, 7}, {0, 9}};
  for (Index i = 0; i < 1000; ++i) {
    auto children = detail::simulated_binary_crossover({3, 7, 1}, {3, 7, 8}, genes, 1, random);
    for (detail::RealGenome* child : {&children.first, &children.second}) {
      CHECK((*child)[0] == 3);
      detail::polynomial_mutation(*child, genes, 1, random);
      CHECK((*child)[1] == 7);
      for (const double value : *child) CHECK((value >= 0 && value <= 9));
    }
  }
}
