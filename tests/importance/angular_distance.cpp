// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/angular_distance.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("the angular distance over a run of layers is that of its windows, for any number of threads and parts") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const GoldenRun oracle = read_golden(source_path("tests/data/arch/llama-gqa/golden.safetensors"));
  const TokenWindows windows(oracle.tokens, {0, 20, 33, 66});
  const auto gather = [&](int threads, Index rows_per_pass) {
    Workspace workspace;
    return ThreadArena(threads).execute([&] {
      return gather_statistics(ModelView(graph), windows, angular_distance_needs, workspace,
                               {.rows_per_pass = rows_per_pass});
    });
  };
  const ModelStatistics expected = gather(1, 4096);
  CHECK(expected.last_tokens(1).before().rows == 3);
  for (Index first = 0; first < 4; ++first) {
    for (Index last = first; last < 4; ++last) {
      CHECK(angular_distance(gather(4, 1), first, last) == angular_distance(expected, first, last));
    }
  }
  Workspace workspace;
  const ModelStatistics blocks = gather_statistics(ModelView(graph), windows, AngularDistance::needs, workspace);
  for (Index layer = 0; layer < 4; ++layer) {
    CHECK(angular_distance(expected, layer, layer) ==
          AngularDistance(blocks, StreamSpan::layer).score(graph, mlp_of(layer)));
  }
  expect_error<OptionError>([&] { (void)angular_distance(blocks, 0, 1); }, {"layer 0", "last tokens", "not gathered"});
  expect_error<OptionError>([&] { (void)angular_distance(expected, 0, 4); }, {"layer 4", "no such layer"});
}
