// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/one_layer_model.hpp>

#include <multipruner/compensation/detail/output_weights.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("a solved weight that its scalar type cannot hold is named, and no model is made of it") {
  const OneLayerModel model(16, 24, 4, 2, 4);
  const Graph graph = model.graph();
  const ModelView view(graph);
  detail::OutputWeights outputs(view);
  RowMajor weight = RowMajor::Constant(16, 24, 0.5);
  CHECK_NOTHROW(outputs.set(first_mlp, stored_rows(weight)));
  weight(3, 5) = 1e39;
  expect_error<DataError>([&] { outputs.set(first_mlp, stored_rows(weight)); }, {"down_proj", "too large for float32"});
  expect_error<DataError>([&] { outputs.set(first_attention, from_eigen(RowMajor::Constant(16, 16, -1e39)).view()); },
                          {"o_proj"});
}
