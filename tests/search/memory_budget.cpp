// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/search/memory_budget.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("memory is divided so that a pass, its weights and what is in use fit") {
  const Graph graph = load<Llama>(test::source_path("tests/data/arch/llama-gqa"));
  const Index embedding = graph.embed_tokens().size() * 4, per_row = bytes_per_row(graph.config());
  const detail::WeightSizes sizes = detail::weight_sizes(graph);
  CHECK(sizes.outside_blocks >= embedding);
  const Tensors& mlp = graph.tensors(mlp_of(0));
  CHECK(sizes.largest_block >=
        (mlp[GatedMlp::gate_proj].size() + mlp[GatedMlp::up_proj].size() + mlp[GatedMlp::down_proj].size()) * 4);

  const Index fixed = 1000 + sizes.largest_block + sizes.outside_blocks;
  for (const Index rows : {8, 9, 100, 5000, 100000}) {
    const Index bytes = fixed + rows * per_row;
    const MemoryBudget budget = divide_memory(graph, 8, bytes, 1000);
    CAPTURE(rows);
    CHECK(budget.rows_per_pass % 8 == 0);
    CHECK(budget.rows_per_pass >= 8);
    CHECK(budget.rows_per_pass <= 4096);
    CHECK(fixed + budget.rows_per_pass * per_row + budget.stream_bytes == bytes);
    CHECK(budget.stream_bytes >= 0);
  }
  test::expect_error<OptionError>([&] { static_cast<void>(divide_memory(graph, 8, fixed + 7 * per_row, 1000)); },
                                  {"memory", "8 tokens"});
}

TEST_CASE("windows may be longer than what usually runs together, and have to have tokens") {
  const Graph graph = load<Llama>(test::source_path("tests/data/arch/llama-gqa"));
  constexpr Index window = 10'000, bytes = Index{1} << 40;
  CHECK(divide_memory(graph, window, bytes, 1000).rows_per_pass == window);
  for (const Index length : {Index{0}, Index{-1}}) {
    test::expect_error<OptionError>([&] { (void)divide_memory(graph, length, bytes, 1000); }, {"window"});
  }
  test::expect_error<OptionError>([&] { (void)divide_memory(graph, Index{1} << 60, bytes, 1000); }, {"memory"});
  test::expect_error<OptionError>([&] { (void)divide_memory(graph, 8, bytes, -1); }, {"memory"});
}
