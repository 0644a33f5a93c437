// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <xtensor/xmath.hpp>

#include <multipruner/tensor/xtensor.hpp>

using namespace multipruner;

TEST_CASE("a view as an xtensor expression is the same memory, strides included") {
  std::vector<float> memory{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  auto expression = as_xtensor(MatrixView<float>(memory.data(), 3, 2, 4));
  REQUIRE(expression.shape(0) == 3);
  REQUIRE(expression.shape(1) == 2);
  CHECK(expression(2, 1) == 9);
  expression(1, 0) = -4;
  CHECK(memory[4] == -4);
  CHECK(std::vector<float>(expression.begin(), expression.end()) == std::vector<float>{0, 1, -4, 5, 8, 9});
  CHECK(xt::sum(expression)() == 19);
  CHECK(as_xtensor(MatrixView<const float>(memory.data(), 0, 2, 4)).size() == 0);
}

TEST_CASE("a stored weight becomes a float32 container, whatever its type and stride") {
  const std::vector<BFloat16> bfloat16{{0x3f80}, {0xc000}, {0x7fff}, {0x4040}, {0x0000}, {0x7fff}};  // 1 −2 · 3 0 ·
  const xt::xtensor<float, 2> copy = to_xtensor(WeightView(bfloat16.data(), DType::bfloat16, 2, 2, 3));
  CHECK(std::vector<float>(copy.begin(), copy.end()) == std::vector<float>{1, -2, 3, 0});

  const std::vector<Float16> float16{{0x3c00}, {0x3555}};
  CHECK(to_xtensor(WeightView(float16.data(), 1, 2))(0, 1) == to_float(float16[1]));
}
