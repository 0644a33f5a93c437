// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <support/eigen.hpp>
#include <support/reference_data.hpp>

#include <multipruner/io/safetensors.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::test {

/// One of the cases in tests/data/layers (see the NOTES there): closed forms of single layers, computed by an oracle.
class GoldenTensors {
 public:
  explicit GoldenTensors(const std::string& name) : file_(source_path("tests/data/layers/" + name + ".safetensors")) {}

  /// A matrix of float64 or float32.
  [[nodiscard]] RowMajor matrix(const std::string& name) const {
    const TensorInfo& info = file_.get(name);
    const Index rows = info.shape.at(0), columns = info.shape.at(1);
    if (info.dtype_name == "F64") return Eigen::Map<const RowMajor>(doubles(name).data(), rows, columns);
    const std::vector<float> values = floats(name);
    return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values.data(), rows,
                                                                                                   columns)
        .cast<double>();
  }

  /// Activations, which are stored as inputs × tokens, as rows of tokens.
  [[nodiscard]] Matrix<float> tokens(const std::string& name) const {
    const std::vector<float> values = floats(name);
    const Index inputs = file_.get(name).shape.at(0), count = file_.get(name).shape.at(1);
    Matrix<float> rows(count, inputs);
    for (Index token = 0; token < count; ++token) {
      for (Index j = 0; j < inputs; ++j) {
        rows.view().row(token)[j] = values[static_cast<std::size_t>(j * count + token)];
      }
    }
    return rows;
  }

  [[nodiscard]] std::vector<double> doubles(const std::string& name) const { return file_.values<double>(name); }
  [[nodiscard]] std::vector<float> floats(const std::string& name) const { return file_.values<float>(name); }

  [[nodiscard]] std::vector<Index> indices(const std::string& name) const {
    const std::vector<std::int64_t> values = file_.values<std::int64_t>(name);
    return {values.begin(), values.end()};
  }

 private:
  SafetensorsFile file_;
};

/// max |a − b| ≤ tolerance · max |b|
inline bool close(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double tolerance) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a - b).cwiseAbs().maxCoeff() <= tolerance * b.cwiseAbs().maxCoeff();
}

inline Eigen::MatrixXd as_column(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Index>(values.size()));
}

inline bool close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  return close(as_column(a), as_column(b), tolerance);
}

}  // namespace multipruner::test
