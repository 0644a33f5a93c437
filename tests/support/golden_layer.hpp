// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include <catch2/catch.hpp>
#include <support/eigen.hpp>
#include <support/reference_data.hpp>

#include <multipruner/io/safetensors.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::test {

/// Matrices of tests/data/layers, which an oracle computed for one linear layer.
class GoldenLayer {
 public:
  explicit GoldenLayer(const std::string& name) : file_(source_path("tests/data/layers/" + name + ".safetensors")) {}

  /// A float32 or float64 tensor; vectors are one row.
  [[nodiscard]] RowMajor matrix(const std::string& name) const {
    return file_.get(name).dtype_name == "F32" ? read<float>(name) : read<double>(name);
  }

  [[nodiscard]] WeightMask mask(const std::string& name) const {
    const RowMajor bits = read<std::uint8_t>(name);
    WeightMask mask(bits.rows(), bits.cols());
    for (Index row = 0; row < bits.rows(); ++row) {
      for (Index j = 0; j < bits.cols(); ++j) {
        if (bits(row, j) != 0) mask.remove(row, j);
      }
    }
    return mask;
  }

 private:
  template <class Scalar>
  [[nodiscard]] RowMajor read(const std::string& name) const {
    const auto& shape = file_.get(name).shape;
    const auto values = file_.values<Scalar>(name);
    return Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
               values.data(), shape.size() == 1 ? 1 : shape.front(), shape.back())
        .template cast<double>();
  }

  SafetensorsFile file_;
};

/// max |a − b| / max |b|
template <class A, class B>
[[nodiscard]] double relative_error(const A& a, const B& b) {
  const auto found = to_eigen(a);
  const auto expected = to_eigen(b);
  REQUIRE(found.rows() == expected.rows());
  REQUIRE(found.cols() == expected.cols());
  return (found - expected).cwiseAbs().maxCoeff() / expected.cwiseAbs().maxCoeff();
}

}  // namespace multipruner::test
