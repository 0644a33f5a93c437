// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/told_progress.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/evaluation/latency_table.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Llama, Qwen2>(source_path("tests/data/arch/qwen2"));
}

/// A table for that model, with round numbers.
LatencyTable table_of(const Graph& graph) {
  const Index heads = graph.width(attention_of(0)), channels = graph.width(mlp_of(0));
  return {10,
          {{graph.spec(attention_of(0)).description(), {{{heads / 2, heads}, {2, 3}}}},
           {graph.spec(mlp_of(0)).description(), {{{channels / 4, channels / 2, channels}, {1, 2, 6}}}}}};
}

}  // namespace

TEST_CASE("Times of blocks add up, and are linear between the widths of a table") {
  const Graph graph = model();
  const auto time = table_of(graph).times_of(graph);
  const auto layers = static_cast<double>(graph.num_blocks() / 2);
  const Index channels = graph.width(mlp_of(0));
  Plan plan(graph);
  CHECK(time(plan) == Approx(10 + layers * (3 + 6)));
  plan.set_choice(mlp_of(0), {{channels / 2, 0}});
  CHECK(time(plan) == Approx(10 + layers * 9 - 4));
  plan.set_choice(mlp_of(0), {{channels * 3 / 4, 0}});
  CHECK(time(plan) == Approx(10 + layers * 9 - 2));
  plan.set_choice(mlp_of(0), {{channels / 8, 0}});
  CHECK(time(plan) == Approx(10 + layers * 9 - 5.5));
  plan.remove(mlp_of(0));
  CHECK(time(plan) == Approx(10 + layers * 9 - 6));
  for (Index layer = 0; layer < graph.num_blocks() / 2; ++layer) {
    plan.remove(mlp_of(layer));
    plan.remove(attention_of(layer));
  }
  CHECK(time(plan) == Approx(10));
}

TEST_CASE("A measured table has every kind of block at rising widths, at times that never fall, and is kept as JSON") {
  const Graph graph = model();
  Told progress;
  const LatencyTable table =
      LatencyTable::measure(graph, {.context = 3, .tokens = 2, .runs = 1, .levels = 3}, progress);
  CHECK_FALSE(progress.reports.empty());
  const nlohmann::ordered_json json = table.to_json();
  REQUIRE(json.at("blocks").size() == 2);
  for (const auto& block : json.at("blocks")) {
    const auto widths = block.at("axes").at(0).at("widths").get<std::vector<Index>>();
    const auto times = block.at("axes").at(0).at("milliseconds").get<std::vector<double>>();
    CHECK(widths.size() == times.size());
    CHECK(std::ranges::is_sorted(times));
    const bool is_mlp = block.at("block") == graph.spec(mlp_of(0)).description();
    CHECK(widths.back() == graph.width(is_mlp ? mlp_of(0) : attention_of(0)));
  }
  const LatencyTable again = LatencyTable::from_json({nlohmann::json::parse(json.dump()), "table"});
  CHECK(again.to_json() == json);
  CHECK(again.times_of(graph)(Plan(graph)) == table.times_of(graph)(Plan(graph)));
}

TEST_CASE("Tables that cannot be, or are of another model, are refused") {
  const Graph graph = model();
  const auto refuses = [](LatencyTable::Axis axis, const char* why) {
    expect_error<DataError>([&] { LatencyTable(1, {{"mlp", {std::move(axis)}}}); }, {"latency table: mlp", why});
  };
  refuses({{4, 4}, {1, 2}}, "widths do not rise");
  refuses({{0, 4}, {1, 2}}, "widths do not rise");
  refuses({{2, 4}, {2, 1}}, "times fall");
  refuses({{2, 4}, {-1, 1}}, "times fall");
  refuses({{2, 4}, {1}}, "one time for every width");
  refuses({}, "one time for every width");
  expect_error<DataError>([&] { LatencyTable(-1, {}); }, {"others"});
  expect_error<DataError>([&] { (void)LatencyTable(1, {}).times_of(graph); }, {"latency table", "layer 0 attention"});
  expect_error<OptionError>([&] { (void)LatencyTable::measure(graph, {.tokens = 0}); }, {"latency table"});
}
