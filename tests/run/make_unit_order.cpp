// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <numeric>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/random_windows.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/run/make_unit_order.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const nlohmann::json config{
    {"model_type", "llama"},  {"vocab_size", 40},         {"hidden_size", 16},        {"intermediate_size", 24},
    {"num_hidden_layers", 3}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}, {"max_position_embeddings", 64},
    {"rms_norm_eps", 1e-5}};

struct RandomModel {
  TemporaryDirectory directory;
  Graph graph = make();
  TokenWindows windows = random_windows(graph, 6, 16);

  [[nodiscard]] Graph make() const {
    RandomCheckpoint::make<Llama>(config).write(directory / "model");
    return load<>(directory / "model");
  }

  [[nodiscard]] UnitOrder order(UnitOrderOptions options) const { return make_unit_order(options, graph, windows); }
};

UnitOrderOptions by(const std::string& name) {
  return {.ordering = shipped_unit_orderings().at(name)};
}

}  // namespace

TEST_CASE("Orderings that ship give the orders of their metrics") {
  const RandomModel model;
  CHECK(model.order(by("l1")) == order_units<L1>(model.graph));
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(ModelView(model.graph), model.windows, Obs::needs, workspace);
  CHECK(model.order(by("obs")) == order_units(model.graph, Obs(statistics)));
  CHECK(model.order({}).empty());
}

TEST_CASE("Every ordering that ships gives a permutation of the units of every block") {
  const RandomModel model;
  const Registry<UnitOrdering> orderings = shipped_unit_orderings();
  for (const UnitOrdering& ordering : orderings.entries()) {
    if (ordering.is_none()) continue;
    CAPTURE(ordering.name);
    const UnitOrder order = model.order({.ordering = ordering});
    REQUIRE(static_cast<Index>(order.size()) == model.graph.num_blocks());
    for (Index position = 0; position < model.graph.num_blocks(); ++position) {
      std::vector<Index> units = order[static_cast<std::size_t>(position)][0], all(units.size());
      CHECK(static_cast<Index>(units.size()) == model.graph.num_units({BlockId{position}, 0}));
      std::iota(all.begin(), all.end(), Index{0});
      std::ranges::sort(units);
      CHECK(units == all);
    }
  }
}

TEST_CASE("Little memory for statistics, and a file of them, change no order") {
  const RandomModel model;
  const UnitOrder expected = model.order(by("obs"));
  UnitOrderOptions little = by("obs"), kept = by("obs");
  little.statistics_bytes = 0;
  CHECK(model.order(little) == expected);
  CHECK(unit_order_bytes(little, model.graph) < unit_order_bytes(by("obs"), model.graph));
  kept.statistics = model.directory / "statistics";
  CHECK(model.order(kept) == expected);
  REQUIRE(std::filesystem::exists(*kept.statistics));
  CHECK(model.order(kept) == expected);
}

TEST_CASE("A file of other statistics is refused, with the order that lacks them") {
  const RandomModel model;
  UnitOrderOptions first = by("output-norm"), second = by("obs");
  first.statistics = second.statistics = model.directory / "statistics";
  static_cast<void>(model.order(first));
  expect_error<DataError>([&] { static_cast<void>(model.order(second)); }, {"statistics", "--reorder obs"});
}

TEST_CASE("A user's ordering joins those that ship") {
  const RandomModel model;
  Registry<UnitOrdering> orderings = shipped_unit_orderings();
  orderings.add({.name = "backwards", .ordered_by = "from the last to the first", .order = [](const auto& input) {
                   std::vector<Index> units(static_cast<std::size_t>(input.graph.num_units(input.axis)));
                   std::iota(units.rbegin(), units.rend(), Index{0});
                   return units;
                 }});
  const UnitOrdering& mine = orderings.at("backwards");
  const UnitOrder order = model.order({.ordering = mine});
  CHECK(order.front().front() == std::vector<Index>{1, 0});
  CHECK_THAT(mine.sentence(), Catch::Contains("ordered from the last to the first, so that the least important ones"));
  CHECK_FALSE(mine.needs_statistics());
  CHECK_THAT(identity_of(mine, order), Catch::StartsWith("backwards "));
  CHECK(identity_of(mine, order) != identity_of(mine, model.order(by("l1"))));
}
