// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>

using namespace multipruner;

TEST_CASE("the fingerprint of weights changes with every tensor, and not with where they lie") {
  const Graph graph = load<Llama>(test::source_path("tests/data/arch/llama-gqa"));
  const auto before = fingerprint_of_weights(graph).value();
  CHECK(fingerprint_of_weights(load<Llama>(test::source_path("tests/data/arch/llama-gqa"))).value() == before);
  Weights weights = graph.weights();
  for_each_tensor(graph.config(), weights, [&](TensorRole, Index, WeightView& tensor) {
    if (!tensor) return;
    const WeightView whole = tensor;
    const std::vector<char> zeros(static_cast<std::size_t>(tensor.size() * size_of(tensor.dtype)));
    tensor = {zeros.data(), tensor.dtype, tensor.rows, tensor.columns, tensor.columns};
    CHECK(fingerprint_of_weights(Graph(graph.config(), weights, graph.storage(), graph.origin())).value() != before);
    tensor = whole;
  });
}
