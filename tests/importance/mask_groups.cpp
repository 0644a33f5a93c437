// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/masked_model.hpp>
#include <support/one_layer_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/importance/random.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Scores as they are given.
struct Given {
  static constexpr std::string_view name = "given";
  std::vector<double> values;

  [[nodiscard]] std::vector<double> scores(const Graph&, BlockAxis) const { return values; }
};

bool has_pattern_everywhere(const Graph& graph, NOfM pattern) {
  for (const LinearZeros& kind : linear_zeros(ModelView(graph))) {
    if (kind.pattern != pattern) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a reordering in groups keeps N:M where one without breaks it") {
  const Graph dense = load<>(source_path("tests/data/arch/llama-gqa"));
  for (const NOfM pattern : {NOfM{2, 4}, NOfM{4, 8}}) {
    const Graph graph = masked_model(dense, pattern);
    const UnitGroups groups = mask_groups(graph);
    for (const auto& [kept, broken] :
         {std::pair{order_units(graph, L1{}, groups), order_units(graph, L1{})},
          {order_units(graph, Random{.seed = 3}, groups), order_units(graph, Random{.seed = 3})}}) {
      CHECK(has_pattern_everywhere(reorder(graph, kept), pattern));
      CHECK_FALSE(has_pattern_everywhere(reorder(graph, broken), pattern));
    }
  }
}

TEST_CASE(
    "groups are as large as the pattern of the output matrix wants, and heads that hold whole groups move alone") {
  const OneLayerModel random(16, 24, 8, 8, 2);  // heads of two columns
  const Graph dense = random.graph();
  CHECK(mask_groups(dense) == UnitGroups{1, 1});
  const Graph graph = masked_model(dense, {2, 4});
  CHECK(mask_group(graph, first_mlp) == 4);
  CHECK(mask_group(graph, first_attention) == 2);
  const UnitGroups groups = mask_groups(graph);
  CHECK(removable_channels(graph.config(), groups, "MLP channels") == 4);
  CHECK(removable_channels(graph.config(), groups, "attention heads") == 4);
  CHECK(has_pattern_everywhere(reorder(graph, order_units(graph, Random{.seed = 1}, groups)), {2, 4}));

  const OneLayerModel wide(16, 24, 4, 2, 4);  // a key/value head serves two heads of four
  const Graph other = masked_model(wide.graph(), {2, 4});
  CHECK(mask_groups(other) == UnitGroups{1, 4});
  CHECK(removable_channels(other.config(), mask_groups(other), "attention heads") == 8);
  CHECK(mask_groups(masked_model(wide.graph(), {1, 2})) == UnitGroups{1, 2});
}

TEST_CASE("groups go by the sum of their scores, equal ones in their order") {
  const OneLayerModel random(8, 8, 2, 2, 4);
  const Graph graph = random.graph();
  const Given scores{{9, 0, 2, 3, 5, 4, 3, 2}};  // pairs: 9, 5, 9, 5
  CHECK(order_units_of(graph, first_mlp, scores, 2) == std::vector<Index>{0, 1, 4, 5, 2, 3, 6, 7});
  CHECK(order_units_of(graph, first_mlp, scores, 4) == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(order_units_of(graph, first_mlp, scores, 1) == order_units_of(graph, first_mlp, scores));
  expect_error<OptionError>([&] { (void)order_units_of(graph, first_mlp, scores, 3); }, {"layer 0 mlp", "groups of 3"});
  expect_error<OptionError>([&] { (void)order_units_of(graph, first_mlp, scores, 0); }, {"groups of 0"});
  expect_error<OptionError>([&] { (void)order_units(graph, L1{}, {1}); }, {"groups of units", "2 blocks"});
}
