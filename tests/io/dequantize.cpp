// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

GgufFile golden() {
  return GgufFile{test::source_path("tests/data/gguf/dequantized.gguf")};
}

const std::vector<std::string> names{"F32",  "F16",  "BF16", "Q4_0", "Q4_1", "Q5_0",   "Q5_1",  "Q8_0",
                                     "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"};

/// Whether all bits are the same; any NaN is the same as another.
template <class Scalar>
bool same_values(const Scalar* a, const Scalar* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::memcmp(a + i, b + i, sizeof(Scalar)) == 0) continue;
    if (!std::isnan(to_float(a[i])) || !std::isnan(to_float(b[i]))) {
      UNSCOPED_INFO("value " << i << " is " << to_float(a[i]) << ", not " << to_float(b[i]));
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("values are those of the gguf package for Python, bit for bit") {
  const GgufFile file = golden();
  for (const std::string& name : names) {
    INFO(name);
    const GgufTensorInfo &tensor = file.get(name), &wide = file.get(name + ".f32"), &narrow = file.get(name + ".bf16");
    REQUIRE(name_of(tensor.type) == name);
    CHECK(is_dequantizable(tensor.type));
    REQUIRE(tensor.shape == wide.shape);
    const auto count = static_cast<std::size_t>(tensor.rows() * tensor.columns());

    std::vector<float> values(count, 7.0f);
    dequantize(tensor, MatrixView<float>(values.data(), tensor.rows(), tensor.columns()));
    CHECK(same_values(values.data(), reinterpret_cast<const float*>(wide.data.data()), count));

    std::vector<BFloat16> halves(count, BFloat16{7});
    dequantize(tensor, MatrixView<BFloat16>(halves.data(), tensor.rows(), tensor.columns()));
    CHECK(same_values(halves.data(), reinterpret_cast<const BFloat16*>(narrow.data.data()), count));
  }
}

TEST_CASE("rows go to targets with strides, and long rows in parts") {
  const GgufFile file = golden();
  const std::string name = GENERATE(from_range(names));
  INFO(name);
  const GgufTensorInfo& tensor = file.get(name);
  const Index rows = tensor.rows(), columns = tensor.columns();
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  dequantize(tensor, MatrixView<float>(values.data(), rows, columns));

  std::vector<float> apart(static_cast<std::size_t>(rows * (columns + 3)), 7.0f);
  dequantize(tensor, MatrixView<float>(apart.data(), rows, columns, columns + 3));
  for (Index i = 0; i < rows; ++i) {
    CHECK(
        same_values(apart.data() + i * (columns + 3), values.data() + i * columns, static_cast<std::size_t>(columns)));
    CHECK(apart[static_cast<std::size_t>(i * (columns + 3) + columns)] == 7.0f);
  }
  // The same blocks as one row, many times over.
  std::vector<std::byte> repeated;
  constexpr Index times = 30;
  for (Index i = 0; i < times; ++i) repeated.insert(repeated.end(), tensor.data.begin(), tensor.data.end());
  std::vector<BFloat16> once(values.size()), all(values.size() * times);
  dequantize(tensor, MatrixView<BFloat16>(once.data(), rows, columns));
  dequantize(tensor.type, repeated, MatrixView<BFloat16>(all.data(), 1, times * rows * columns));
  for (std::size_t i = 0; i < times; ++i) {
    CHECK(same_values(all.data() + i * once.size(), once.data(), once.size()));
  }
}

TEST_CASE("any number of threads dequantises to the same values") {
  const GgufFile file = golden();
  const GgufTensorInfo& tensor = file.get("Q4_0");
  constexpr Index rows = 40, times = 300;  // several tasks
  std::vector<std::byte> data;
  const auto row = tensor.data.first(static_cast<std::size_t>(row_bytes(GgufType::q4_0, 64)));
  for (Index i = 0; i < rows * times; ++i) data.insert(data.end(), row.begin(), row.end());
  std::vector<float> one(rows * times * 64), four(one.size());
  ThreadArena(1).execute([&] { dequantize(GgufType::q4_0, data, MatrixView<float>(one.data(), rows, times * 64)); });
  ThreadArena(4).execute([&] { dequantize(GgufType::q4_0, data, MatrixView<float>(four.data(), rows, times * 64)); });
  CHECK(one == four);
  CHECK(one.front() == one[one.size() - 64]);
}

TEST_CASE("what cannot be dequantised is refused by name") {
  const GgufFile file = golden();
  std::vector<float> values(1 << 10);
  for (const std::string name : {"IQ2_XXS", "TQ1_0"}) {
    const GgufTensorInfo& tensor = file.get(name);
    CHECK_FALSE(is_dequantizable(tensor.type));
    expect_error<UnsupportedError>([&] { dequantize(tensor, MatrixView<float>(values.data(), 1, 256)); },
                                   {"tensor " + name, name, "quantisation"});
  }
  const GgufTensorInfo& tensor = file.get("Q8_0");
  expect_error<OptionError>([&] { dequantize(tensor, MatrixView<float>(values.data(), 1, 32)); }, {"target is 1 × 32"});
  const auto block = tensor.data.first(34);
  const auto expect = [&](std::span<const std::byte> data, MatrixView<float> target, const std::string& part) {
    expect_error<OptionError>([&] { dequantize(GgufType::q8_0, data, target); }, {part});
  };
  dequantize(GgufType::q8_0, block, MatrixView<float>(values.data(), 1, 32));
  expect(block, MatrixView<float>(values.data(), 1, 31), "31");
  expect(block, MatrixView<float>(values.data(), 1, 64), "34 bytes");
  expect(block.first(33), MatrixView<float>(values.data(), 1, 32), "33 bytes");
  expect(block, MatrixView<float>(nullptr, 1, 32), "target");
}
