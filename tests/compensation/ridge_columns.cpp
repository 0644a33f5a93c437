// SPDX-License-Identifier: MIT
#include <algorithm>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>

#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

struct Golden {
  GoldenTensors tensors{"structured"};
  RowMajor weight = tensors.matrix("W"), x = tensors.matrix("X");
  std::vector<Index> kept;

  Golden() {
    const std::vector<Index> removed = tensors.indices("removed");
    for (Index j = 0; j < 64; ++j) {
      if (std::ranges::find(removed, j) == removed.end()) kept.push_back(j);
    }
  }
};

}  // namespace

TEST_CASE("columns that stay take over as the oracle has it") {
  const Golden golden;
  const RidgeColumns result =
      ridge_columns(stored_rows(golden.weight), from_eigen(golden.tensors.matrix("G")).view(), golden.kept);
  CHECK(close(to_eigen(result.weight), golden.tensors.matrix("W_kept"), 1e-10));
  const auto loss = read_json_file(source_path("tests/data/layers/structured.json"))["values"]["loss"].get<double>();
  CHECK(result.loss == Approx(loss).epsilon(1e-10));
  CHECK(result.damping.increases == 0);
}

TEST_CASE("with the covariance the fit has a bias, the oracle's") {
  const Golden golden;
  const Eigen::VectorXd mean = golden.x.rowwise().mean();
  const Eigen::MatrixXd covariance = golden.x * golden.x.transpose() / 192.0 - mean * mean.transpose();
  const RidgeColumns result = ridge_columns(stored_rows(golden.weight), stored_rows(covariance), golden.kept);
  CHECK(close(to_eigen(result.weight), golden.tensors.matrix("centred_W_kept"), 1e-10));
  const std::vector<double> bias =
      bias_of_fit(stored_rows(golden.weight), result.weight.view(), golden.kept, std::span(mean.data(), 64));
  CHECK(close(bias, golden.tensors.doubles("centred_bias"), 1e-9));
}

TEST_CASE("columns are fitted to changed inputs as the oracle has it") {
  const Golden golden;
  const Eigen::MatrixXd pruned = golden.tensors.matrix("X_pruned_prefix");
  const RidgeColumns result = refit_columns(stored_rows(golden.weight), from_eigen(pruned * pruned.transpose()).view(),
                                            from_eigen(golden.x * pruned.transpose()).view(), golden.kept);
  CHECK(close(to_eigen(result.weight), golden.tensors.matrix("prefix_W_kept"), 1e-10));
}

TEST_CASE("a compensation by hand") {
  RowMajor weight(2, 3), gram(3, 3), expected(2, 2);
  weight << 1, 2, 3, 0, 1, -1;
  gram << 2, 1, 0, 1, 2, 1, 0, 1, 2;
  const std::vector<Index> last_two{1, 2}, first_two{0, 1}, all{0, 1, 2};
  expected << 8.0 / 3, 8.0 / 3, 1, -1;
  CHECK(close(to_eigen(ridge_columns(stored_rows(weight), stored_rows(gram), last_two, 0).weight), expected, 1e-14));
  CHECK(ridge_columns(stored_rows(weight), stored_rows(gram), last_two, 0).loss == Approx(4.0 / 3));
  expected << 0, 4, 1.0 / 3, 1.0 / 3;
  CHECK(close(to_eigen(ridge_columns(stored_rows(weight), stored_rows(gram), first_two, 0).weight), expected, 1e-14));
  CHECK(ridge_columns(stored_rows(weight), stored_rows(gram), first_two, 0).loss == Approx(40.0 / 3));
  CHECK(to_eigen(ridge_columns(stored_rows(weight), stored_rows(gram), all).weight) == weight);
  CHECK(ridge_columns(stored_rows(weight), stored_rows(gram), all).loss == 0);
}

TEST_CASE("nothing may be kept, and columns have to ascend") {
  const RowMajor weight = RowMajor::Ones(2, 3), gram = Eigen::MatrixXd::Identity(3, 3);
  const RidgeColumns nothing = ridge_columns(stored_rows(weight), stored_rows(gram), {}, 0);
  CHECK(nothing.weight.columns() == 0);
  CHECK(nothing.loss == Approx(6));
  const std::vector<Index> descending{1, 0}, twice{1, 1}, stray{3};
  for (const auto& kept : {descending, twice, stray}) {
    expect_error<OptionError>([&] { (void)ridge_columns(stored_rows(weight), stored_rows(gram), kept); },
                              {"kept columns"});
  }
  expect_error<OptionError>([&] { (void)ridge_columns(stored_rows(weight), zero_matrix(2, 2).view(), twice); },
                            {"Gram matrix", "2 rows"});
}

TEST_CASE("the bias of a fit is refused where shapes disagree") {
  const RowMajor ones = RowMajor::Ones(2, 4);
  const MatrixView<const double> weight = stored_rows(ones), fitted = weight.column_range(0, 2);
  const std::vector<double> mean(4, 1.0);
  const std::vector<Index> kept{1, 3}, beyond{1, 4}, three{0, 1, 3};
  CHECK_NOTHROW(bias_of_fit(weight, fitted, kept, mean));
  expect_error<OptionError>([&] { (void)bias_of_fit(weight, fitted, beyond, mean); }, {"kept columns"});
  expect_error<OptionError>([&] { (void)bias_of_fit(weight, fitted, three, mean); }, {"bias of a fit"});
  expect_error<OptionError>([&] { (void)bias_of_fit(weight, fitted, kept, std::span(mean).first(3)); },
                            {"bias of a fit"});
  expect_error<OptionError>([&] { (void)bias_of_fit(weight, fitted.row_range(0, 1), kept, mean); }, {"bias of a fit"});
}
