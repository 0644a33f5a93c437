// SPDX-License-Identifier: MIT
#include <memory>

#include <catch2/catch.hpp>

#include <multipruner/tensor/derived_weights.hpp>

using namespace multipruner;

TEST_CASE("derived weights keep the memory of others alive, and pass hints on to it") {
  struct Others final : WeightMemory {
    explicit Others(int& count) : released(count) {}
    ~Others() override { released = -1; }
    void release(const WeightView&) const noexcept override { ++released; }
    int& released;
  };
  int released = 0;
  auto derived = std::make_unique<DerivedWeights>(std::make_shared<const Others>(released));
  const WeightView weight = derived->copies.fill(2, 3, DType::bfloat16, [](Index row, std::byte* target) {
    for (int i = 0; i < 6; ++i) target[i] = std::byte(row);
  });
  CHECK(weight.rows == 2);
  CHECK(weight.columns == 3);
  CHECK(static_cast<const std::byte*>(weight.data)[11] == std::byte{1});
  derived->release(weight);
  CHECK(released == 1);
  derived.reset();
  CHECK(released == -1);
  const DerivedWeights alone(nullptr);
  alone.release(WeightView{});
}
