// SPDX-License-Identifier: MIT
#include <array>
#include <vector>

#include <support/expect_error.hpp>

#include "matrix.hpp"
#include <multipruner/simd/add_gram.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/copy.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/simd/swiglu.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Each view that a kernel must not go through, of 4 × 8 elements that are not there, overlap or lie at odd addresses.
template <class Action>
void refused(const char* kernel, const char* operand, Action&& action) {
  static std::array<float, 64> memory{};
  const WeightView views[] = {{nullptr, DType::float32, 4, 8, 8},
                              {memory.data(), DType::float32, 4, 8, 7},
                              {reinterpret_cast<const char*>(memory.data()) + 2, DType::float32, 4, 8, 8}};
  for (const WeightView& view : views) {
    expect_error<OptionError>([&] { action(view); }, {kernel, operand});
  }
}

/// The same memory as floats for reading, or for writing.
MatrixView<const float> rows_of(const WeightView& view) {
  return {static_cast<const float*>(view.data), view.rows, view.columns, view.stride};
}
MatrixView<float> target_of(const WeightView& view) {
  return {const_cast<float*>(static_cast<const float*>(view.data)), view.rows, view.columns, view.stride};
}

}  // namespace

TEST_CASE("kernels refuse views that cannot be, each operand by its name") {
  using simd::AttentionSegment;
  std::array<float, 64> memory{};
  const MatrixView<float> x(memory.data(), 4, 8), square(memory.data(), 4, 4), half(memory.data(), 4, 2);
  const WeightView weight(memory.data(), 4, 8), head(memory.data(), 4, 8), gain(memory.data(), 1, 8);
  std::array<double, 64> doubles{};
  const MatrixView<double> gram(doubles.data(), 8, 8);
  refused("linear", "x", [&](auto view) { simd::linear(rows_of(view), weight, {}, square); });
  refused("linear", "the weight", [&](auto view) { simd::linear(x, view, {}, square); });
  refused("linear", "y", [&](auto view) { simd::linear(x, {memory.data(), 8, 8}, {}, target_of(view)); });
  refused("rms_norm", "x", [&](auto view) { simd::rms_norm(rows_of(view), gain, 1e-5f, x); });
  refused("rms_norm", "y", [&](auto view) { simd::rms_norm(x, gain, 1e-5f, target_of(view)); });
  refused("rms_norm", "the weight", [&](auto view) { simd::rms_norm(x, view, 1e-5f, x); });
  refused("silu_multiply", "the gate", [&](auto view) { simd::silu_multiply(target_of(view), x); });
  refused("silu_multiply", "up", [&](auto view) { simd::silu_multiply(x, rows_of(view)); });
  refused("copy", "the rows", [&](auto view) {
    Matrix<float> target;
    simd::copy(rows_of(view), target);
  });
  refused("add_gram", "the rows", [&](auto view) { simd::add_gram(rows_of(view), gram); });
  refused("add_cross_gram", "a", [&](auto view) { simd::add_cross_gram(rows_of(view), x, gram); });
  refused("add_cross_gram", "b", [&](auto view) { simd::add_cross_gram(x, rows_of(view), gram); });
  refused("to_float", "the source", [&](auto view) { simd::to_float(view, x); });
  refused("to_float", "the target", [&](auto view) { simd::to_float(weight, target_of(view)); });
  const std::vector<Index> positions(4);
  refused("rotate", "x", [&](auto view) { simd::rotate(target_of(view), 4, positions, half, half); });
  const std::vector<TokenId> labels(4);
  std::vector<double> nll(4);
  refused("cross_entropy", "the hidden states",
          [&](auto view) { simd::cross_entropy(rows_of(view), head, labels, nll); });
  refused("cross_entropy", "the head", [&](auto view) { simd::cross_entropy(x, view, labels, nll); });
  const auto attend = [](const AttentionSegment& segment) {
    simd::causal_attention(std::span(&segment, 1), {.num_attention_heads = 2, .num_key_value_heads = 2, .head_dim = 4});
  };
  refused("causal_attention", "the queries", [&](auto view) { attend({rows_of(view), x, x, x}); });
  refused("causal_attention", "the keys", [&](auto view) { attend({x, rows_of(view), x, x}); });
  refused("causal_attention", "the values", [&](auto view) { attend({x, x, rows_of(view), x}); });
  refused("causal_attention", "the output", [&](auto view) { attend({x, x, x, target_of(view)}); });
}

TEST_CASE("a bias is one row, and heads of no possible size are refused") {
  std::array<float, 64> memory{};
  const MatrixView<float> x(memory.data(), 4, 8), square(memory.data(), 4, 4);
  const WeightView weight(memory.data(), 4, 8), column(memory.data(), 4, 1);
  expect_error<OptionError>([&] { simd::linear(x, weight, column, square); }, {"linear", "the bias is 4 × 1"});
  const simd::AttentionSegment segment{x, x, x, x};
  constexpr Index large = Index{1} << 62;
  expect_error<OptionError>(
      [&] {
        simd::causal_attention(std::span(&segment, 1), {large, large, 4});
      },
      {"causal_attention", "memory"});
  const std::array<float, 2> values{};
  expect_error<OptionError>(
      [&] { simd::from_float(values, DType::bfloat16, reinterpret_cast<char*>(memory.data()) + 1); },
      {"from_float", "the target"});
  expect_error<OptionError>([&] { simd::from_float(values, DType::float16, nullptr); }, {"from_float", "no memory"});
}
