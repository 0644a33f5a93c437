// SPDX-License-Identifier: MIT
#include <array>
#include <cstdint>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/select.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>
#include <multipruner/tensor/weight_store.hpp>
#include <multipruner/tensor/xtensor.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Runs an action on each view that cannot be: no memory, memory in the wrong place, rows that overlap, sizes below 0.
template <class Action>
void refuses_impossible_views(Action&& action) {
  alignas(8) static constexpr std::array<std::uint16_t, 64> memory{};
  const auto* const misaligned = reinterpret_cast<const char*>(memory.data()) + 1;
  const auto refused = [&](const WeightView& view, const char* part) {
    expect_error<OptionError>([&] { action(view); }, {part});
  };
  refused({nullptr, DType::bfloat16, 3, 4, 4}, "no memory");
  refused({misaligned, DType::bfloat16, 3, 4, 4}, "multiple of the size");
  refused({memory.data(), DType::bfloat16, 3, 4, 3}, "overlap");
  refused({memory.data(), DType::bfloat16, 3, 4, -4}, "overlap");
  refused({memory.data(), DType::bfloat16, -3, 4, 4}, "negative");
  refused({memory.data(), DType::bfloat16, Index{1} << 31, 4, Index{1} << 32}, "any memory");
  refused({memory.data(), static_cast<DType>(7), 3, 4, 4}, "scalar type");
}

}  // namespace

TEST_CASE("views that cannot be are told apart from those that can") {
  refuses_impossible_views([](const WeightView& view) { require_view(view, "test", "the view"); });
  const std::array<float, 12> values{};
  CHECK(problem_of(WeightView(values.data(), 3, 4)) == nullptr);
  CHECK(problem_of(WeightView(values.data(), DType::float32, 1, 12, 0)) == nullptr);  // one row has no stride
  CHECK(problem_of(WeightView{}) == nullptr);
  CHECK(problem_of(MatrixView<const float>(nullptr, 0, 5)) == nullptr);
  CHECK(problem_of(MatrixView<const float>(nullptr, 1, 5)) != nullptr);
  expect_error<OptionError>([&] { require_shape(MatrixView<const float>(values.data(), 3, 4), 4, 3, "test", "x"); },
                            {"test", "x is 3 × 4, not 4 × 3"});
}

TEST_CASE("ranges and indices are checked without overflow") {
  constexpr Index most = std::numeric_limits<Index>::max();
  CHECK_NOTHROW(require_range(2, 3, 5, "test", "rows"));
  CHECK_NOTHROW(require_range(5, 0, 5, "test", "rows"));
  for (const auto& [first, count] :
       {std::pair<Index, Index>{-1, 2}, {2, 4}, {6, 0}, {1, -1}, {1, most}, {most, most}}) {
    expect_error<OptionError>([&, f = first, c = count] { require_range(f, c, 5, "test", "rows"); }, {"test", "rows"});
  }
  CHECK_NOTHROW(require_index(4, 5, "test", "row"));
  for (const Index index : {Index{-1}, Index{5}, most}) {
    expect_error<OptionError>([&] { require_index(index, 5, "test", "row"); }, {"test", "row"});
  }
}

TEST_CASE("copies of weights refuse what cannot be read") {
  WeightStore store;
  refuses_impossible_views([&](const WeightView& view) {
    if (view) {
      (void)store.copy(view);
    } else {
      require_view(view, "test", "the view");  // to a store, a view without memory is one that is empty
    }
  });
  refuses_impossible_views([](const WeightView& view) { (void)to_weight_matrix(view); });
  refuses_impossible_views([](const WeightView& view) { (void)to_xtensor(view); });
  const std::array<float, 12> values{};
  const WeightView whole(values.data(), 3, 4);
  for (const Index wrong : {Index{-1}, Index{4}}) {
    const std::array<Index, 2> order{0, wrong};
    expect_error<OptionError>([&] { (void)store.gather_rows(whole, order); }, {"weight store", "row"});
    expect_error<OptionError>([&] { (void)store.gather_columns(whole, order); }, {"weight store", "column"});
    const Matrix<double> zeros = zero_matrix(4, 4);
    expect_error<OptionError>([&] { (void)select_columns(zeros.view(), order); }, {"column"});
    expect_error<OptionError>([&] { (void)select_rows(zeros.view(), order); }, {"row"});
    expect_error<OptionError>([&] { (void)select(zeros.view(), order, std::span(order).first(1)); }, {"row"});
    expect_error<OptionError>([&] { (void)select(zeros.view(), std::span(order).first(1), order); }, {"column"});
  }
  expect_error<OptionError>([&] { (void)store.fill(Index{1} << 62, 4, DType::float32, [](Index, std::byte*) {}); },
                            {"weight"});
}

TEST_CASE("linear algebra on views refuses shapes that disagree") {
  Matrix<double> two(2, 2), three(3, 3), wide(2, 3);
  std::fill_n(two.view().data, 4, 0.0);
  std::fill_n(three.view().data, 9, 0.0);
  std::fill_n(wide.view().data, 6, 0.0);
  const auto refused = [](auto&& action, const char* name) { expect_error<OptionError>(action, {name}); };
  refused([&] { add_product(two.view(), 1, wide.view(), two.view()); }, "add_product");
  refused([&] { add_product(three.view(), 1, two.view(), two.view()); }, "add_product");
  refused([&] { add_product_of_rows(two.view(), 1, wide.view(), two.view()); }, "add_product_of_rows");
  refused([&] { (void)product(wide.view(), wide.view()); }, "add_product");
  refused([&] { transpose(wide.view(), wide.view()); }, "transpose");
  refused([&] { mirror_upper_triangle(wide.view()); }, "mirror_upper_triangle");
  refused([&] { solve_rows(three.view(), two.view()); }, "triangular system");
  refused([&] { solve_rows_transposed(wide.view(), wide.view()); }, "triangular system");
  refused([&] { (void)factor_in_place(wide.view()); }, "Cholesky");
  refused([&] { (void)parallel_factor_in_place(wide.view()); }, "Cholesky");
  refused([&] { raise_eigenvalues(wide.view(), 1); }, "raise_eigenvalues");
}
