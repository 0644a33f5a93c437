// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/policy/detail/level_switch.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr std::size_t drawn_at_most = 300;

std::vector<Genome> drawn_switches(const Genome& from, const detail::WidthGenes& genes, const detail::RatioBand& band,
                                   Index step) {
  NumpyRandom random(1);
  std::vector<Genome> found;
  for (std::size_t i = 0; i < drawn_at_most; ++i) {
    const std::optional<Genome> genome = detail::switched(from, genes, band, step, random);
    if (genome) found.push_back(*genome);
  }
  return found;
}

}  // namespace

TEST_CASE("Among genes alike, a switch takes from one what another one gets back, and all pairs are drawn") {
  const ModelConfig config = tiny_config(3);
  const std::array<StageSelector, 1> channels{StageSelector{"MLP channels", 1}};
  const detail::WidthGenes genes(config, Plan(config), channels, {});
  const Genome from{3, 2, 1};
  const double group = genes.percent(genes.parameters_of_group(from, 0)), ratio = genes.ratio_of(from);
  const detail::RatioBand band{ratio - group / 2, ratio + group / 2};
  std::vector<Genome> single = drawn_switches(from, genes, band, 1);
  CHECK(single.size() == drawn_at_most);
  std::ranges::sort(single);
  single.erase(std::unique(single.begin(), single.end()), single.end());
  CHECK(single == std::vector<Genome>{{2, 2, 2}, {2, 3, 1}, {3, 1, 2}, {3, 3, 0}, {4, 1, 1}, {4, 2, 0}});
  // The last gene has lost but one group to get back.
  for (const Genome& genome : drawn_switches(from, genes, band, 2)) {
    CHECK(genes.ratio_of(genome) == ratio);
    const std::vector<Genome> expected{{1, 4, 1}, {1, 2, 3}, {5, 0, 1}, {3, 0, 3}, {4, 2, 0}, {3, 3, 0}};
    CHECK(std::ranges::find(expected, genome) != expected.end());
  }
}

TEST_CASE("Switches between channels and heads stay on target, or are none") {
  const ModelConfig config = tiny_config(3);
  const std::array<StageSelector, 2> axes{StageSelector{"MLP channels", 1}, StageSelector{"attention heads", 4}};
  const detail::WidthGenes genes(config, Plan(config), axes, {});
  const double group = genes.percent(genes.parameters_of_group(genes.widest(), 1));
  REQUIRE(is_mlp(genes[1].axes.front().block));
  const Genome from{1, 5, 0, 5, 0, 5};  // heads, then channels, of each layer
  const detail::RatioBand band{genes.ratio_of(from), genes.ratio_of(from) + group};
  const auto heads_of = [&](const Genome& genome) {
    Index heads = 0;
    for (std::size_t gene = 0; gene < genes.size(); ++gene)
      heads += is_mlp(genes[gene].axes.front().block) ? 0 : genome[gene];
    return heads;
  };
  bool more_heads = false, fewer_heads = false;
  for (const Index step : {1, 2, 5}) {
    const std::vector<Genome> found = drawn_switches(from, genes, band, step);
    CHECK(found.size() > drawn_at_most / 4);
    for (const Genome& genome : found) {
      CHECK(genome != from);
      CHECK(band.contains(genes.ratio_of(genome)));
      more_heads = more_heads || heads_of(genome) > heads_of(from);
      fewer_heads = fewer_heads || heads_of(genome) < heads_of(from);
    }
  }
  CHECK(more_heads);
  CHECK(fewer_heads);
  CHECK(drawn_switches(genes.widest(), genes, {0, group}, 1).empty());  // nothing to give back
}
