// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/width_genes.hpp>
#include <multipruner/search/detail/genetic_operators.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index layers = 3;

const std::array<StageSelector, 2> axes{StageSelector{"MLP channels", 3}, StageSelector{"attention heads", 4}};

/// Without the MLP of the last layer, and with narrower attention in the first one.
Plan start_of(const ModelConfig& config) {
  Plan plan(config);
  plan.remove(mlp_of(layers - 1));
  plan.set_width(attention_of(0), 4);
  return plan;
}

}  // namespace

TEST_CASE("Genes are the widths that WidthReduction can narrow, as often as it can") {
  const ModelConfig config = tiny_config(layers);
  const ProtectedBlocks keep{attention_of(1)};
  const Plan start = start_of(config);
  const detail::WidthGenes genes(config, start, axes, keep);
  REQUIRE(genes.size() == 3);  // MLPs of 10 channels in the first two layers, attention of the last one
  CHECK(genes[0].axes.front() == BlockAxis(mlp_of(0)));
  CHECK(genes[1].axes.front() == BlockAxis(mlp_of(1)));
  CHECK(genes[2].axes.front() == BlockAxis(attention_of(2)));
  Plan narrowed = start;
  for (const StageSelector& axis : axes) {
    const WidthReduction space(config, axis.axis, *axis.group, keep);
    for (std::vector<Edit> edits = space.edits(narrowed); !edits.empty(); edits = space.edits(narrowed)) {
      narrowed = apply(edits.front(), narrowed);
    }
  }
  CHECK(genes.plan_of(genes.narrowest()) == narrowed);
  CHECK(genes.narrowest() == Genome{3, 3, 1});
  CHECK(genes.ranges() == std::vector<GeneRange>{{0, 3}, {0, 3}, {0, 1}});
  CHECK(genes.plan_of(genes.widest()) == start);
  CHECK(genes.edit_to(genes.widest()).changes().empty());
}

TEST_CASE("Blocks that stay alike have one gene") {
  const ModelConfig config = tiny_config(layers);
  const std::vector<StageSelector> alike{{.axis = "MLP channels", .group = 3, .alike = true},
                                         {.axis = "attention heads", .group = 4, .alike = true}};
  Plan start(config);
  for (const BlockId block : {mlp_of(1), attention_of(1)}) start.remove(block);  // a whole layer
  const detail::WidthGenes genes(config, start, alike, {});
  REQUIRE(genes.size() == 2);
  CHECK(genes[0].axes.size() == 2);
  const Genome narrower{1, 2};
  const std::size_t mlp = is_mlp(genes[0].axes.front().block) ? 0 : 1;
  const Plan plan = genes.plan_of(narrower);
  for (const Index layer : {0, 2}) {
    CHECK(plan.width(mlp_of(layer)) == start.width(mlp_of(layer)) - 3 * narrower[mlp]);
    CHECK(plan.width(attention_of(layer)) == start.width(attention_of(layer)) - 4 * narrower[1 - mlp]);
  }
  CHECK(plan.removed(mlp_of(1)));
  CHECK(genes.genome_of(plan) == narrower);
  for (std::size_t gene = 0; gene < 2; ++gene) {
    Genome next = genes.widest();
    next[gene] = 1;
    CHECK(genes.parameters_of_group(genes.widest(), gene) ==
          genes.parameters_of(genes.widest()) - genes.parameters_of(next));
  }
  start.set_width(attention_of(2), 4);  // the narrowest of all bounds them
  CHECK(detail::WidthGenes(config, start, alike, {}).size() == 1);
}

TEST_CASE("Genomes and plans are each other's, and count as plans do, bit for bit") {
  const ModelConfig config = tiny_config(layers);
  const detail::WidthGenes genes(config, start_of(config), axes, {});
  NumpyRandom random(1);
  for (int i = 0; i < 50; ++i) {
    const Genome genome = detail::random_genome(genes.ranges(), random);
    const Plan plan = genes.plan_of(genome);
    CHECK(genes.genome_of(plan) == genome);
    CHECK(apply(genes.edit_to(genome), start_of(config)) == plan);
    CHECK(genes.parameters_of(genome) == count_parameters(config, plan));
    CHECK(genes.ratio_of(genome) == pruning_ratio(config, plan));
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      if (genome[gene] == genes[gene].most) continue;
      Genome narrower = genome;
      ++narrower[gene];
      CHECK(genes.parameters_of_group(genome, gene) == genes.parameters_of(genome) - genes.parameters_of(narrower));
    }
  }
}

TEST_CASE("Every genome is led into a band that single groups can reach, others as near above as they lead") {
  const ModelConfig config = tiny_config(layers);
  const std::array<StageSelector, 2> fine{StageSelector{"MLP channels", 1}, StageSelector{"attention heads", 4}};
  const detail::WidthGenes genes(config, Plan(config), fine, {});
  const double group = genes.percent(genes.parameters_of_group(genes.widest(), 1));
  const detail::RatioBand band{20, 20 + group};
  NumpyRandom random(2);
  std::vector<Genome> seen;
  for (int i = 0; i < 200; ++i) {
    const Genome genome = detail::into_band(detail::random_genome(genes.ranges(), random), genes, band, random);
    CHECK(band.contains(genes.ratio_of(genome)));
    CHECK(detail::into_band(genome, genes, band, random) == genome);
    if (std::ranges::find(seen, genome) == seen.end()) seen.push_back(genome);
  }
  CHECK(seen.size() > 100);  // and not all into one place
  const detail::RatioBand beyond{99, 100};
  CHECK(detail::into_band(genes.widest(), genes, beyond, random) == genes.narrowest());
  const std::array<StageSelector, 1> coarse{StageSelector{"attention heads", 4}};
  const detail::WidthGenes heads(config, Plan(config), coarse, {});
  const double head = heads.percent(heads.parameters_of_group(heads.widest(), 0));
  const Genome two = detail::into_band(heads.narrowest(), heads, {1.5 * head, 1.6 * head}, random);
  CHECK(std::ranges::count(two, 1) == 2);
}

TEST_CASE("All axes are narrowed alike, as little as reaches a ratio") {
  const ModelConfig config = tiny_config(layers);
  const std::array<StageSelector, 1> channels{StageSelector{"MLP channels", 1}};
  const detail::WidthGenes genes(config, Plan(config), channels, {});
  CHECK(detail::uniform_genome(genes, 0) == genes.widest());
  CHECK(detail::uniform_genome(genes, 99) == genes.narrowest());
  const Genome genome = detail::uniform_genome(genes, 20);
  CHECK(genome == Genome(layers, genome.front()));
  CHECK(genes.ratio_of(genome) >= 20);
  CHECK(genes.ratio_of(Genome(layers, genome.front() - 1)) < 20);

  const detail::WidthGenes all(config, Plan(config), axes, {});
  for (const Index share : {20, 30, 40}) {
    const Genome mixed = detail::uniform_genome(all, static_cast<double>(share));
    for (std::size_t gene = 0; gene < all.size(); ++gene) {
      CHECK(mixed[gene] == mixed[is_mlp(all[gene].axes.front().block) ? 1 : 0]);
    }
  }
}
