// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>

using namespace multipruner;

TEST_CASE("the fingerprint of a model stays what it was when kinds get tensors that it does not have") {
  const auto of = [](const char* name) {
    return fingerprint_of_weights(load<>(test::source_path(std::string("tests/data/arch/") + name))).text();
  };
  CHECK(of("llama-all-biases") == "9d79549bfef6c12d");
  CHECK(of("llama-gqa-bf16-sharded") == "34e3ffefe316d640");
  CHECK(of("llama-gqa-f16-sharded") == "561a3b76d78f6b6f");
}

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
