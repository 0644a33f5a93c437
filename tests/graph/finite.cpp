// SPDX-License-Identifier: MIT
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/graph/finite.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("one entry that is not finite is found, wherever it is") {
  const float bad = GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                             -std::numeric_limits<float>::infinity());
  for (const std::size_t place : {0, 6, 34}) {
    std::vector<float> values(35, std::numeric_limits<float>::max());
    CHECK(is_finite(WeightView(values.data(), 5, 7)));
    values[place] = bad;
    CHECK_FALSE(is_finite(WeightView(values.data(), 5, 7)));
  }
}

TEST_CASE("half precision is finite unless all bits of its exponent are set") {
  const auto [dtype, exponent] =
      GENERATE(std::pair{DType::bfloat16, std::uint16_t{0x7f80}}, std::pair{DType::float16, std::uint16_t{0x7c00}});
  std::vector<std::uint16_t> all(0x10000);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  const WeightView view(all.data(), dtype, 0x10000, 1, 1);
  for (Index i = 0; i < view.rows; i += 7) {
    REQUIRE(is_finite(view.row_range(i, 1)) == ((i & exponent) != exponent));
  }
}

TEST_CASE("only what a view shows counts") {
  std::vector<float> values(12, 1.0f);
  values[3] = values[11] = std::numeric_limits<float>::infinity();
  const WeightView whole(values.data(), 3, 4);
  CHECK(is_finite(whole.column_range(0, 3)));
  CHECK(is_finite(whole.row_range(1, 1)));
  CHECK_FALSE(is_finite(whole.column_range(3, 1)));
}

TEST_CASE("the tensor that is not finite is named") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  CHECK_NOTHROW(require_finite(graph));
  std::vector<float> bad(80 * 64, 0.5f);
  bad[4321] = std::numeric_limits<float>::quiet_NaN();
  Weights weights = graph.weights();
  weights[mlp_of(2)][GatedMlp::up_proj] = WeightView(bad.data(), 80, 64);
  const Graph broken(graph.config(), weights, graph.storage(), graph.origin());
  expect_error<DataError>([&] { require_finite(broken); }, {"model.layers.2.mlp.up_proj.weight", "NaN or infinity"});
  take_away(weights, graph.config(), mlp_of(2));
  CHECK_NOTHROW(require_finite(Graph(graph.config(), weights, graph.storage())));
}
