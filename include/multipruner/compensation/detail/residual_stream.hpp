#pragma once

#include <algorithm>
#include <vector>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/forward/embedding.hpp>
#include <multipruner/forward/layer_loop.hpp>

namespace multipruner::detail {

/// The residual streams of all windows of a set, on their way through a model block by block.
class ResidualStream {
 public:
  /// In front of the first block. @throws DataError where there are no windows, or tokens that the model does not know.
  ResidualStream(const Graph& graph, const TokenWindows& windows, Index rows_per_pass)
      : windows_(&windows), windows_per_pass_(std::max<Index>(1, rows_per_pass / std::max<Index>(windows.length, 1))) {
    require_windows(windows);
    stream_.resize(windows.count() * windows.length, graph.config().hidden_size);
    embed(graph, windows.tokens, stream_.view());
  }

  ResidualStream(const ResidualStream& other)
      : windows_(other.windows_), windows_per_pass_(other.windows_per_pass_), stream_(copy_of(other.stream_)) {}
  ResidualStream& operator=(const ResidualStream& other) {
    if (this != &other) *this = ResidualStream(other);
    return *this;
  }
  ResidualStream(ResidualStream&&) = default;
  ResidualStream& operator=(ResidualStream&&) = default;
  ~ResidualStream() = default;

  [[nodiscard]] Index window_length() const { return windows_->length; }
  [[nodiscard]] MatrixView<const float> view() const { return stream_.view(); }
  [[nodiscard]] MatrixView<const float> rows(Index first, Index count) const { return view().row_range(first, count); }

  /// Takes all windows through a block, and calls on_part(first row, rows) after each part of them.
  template <Observer O, class OnPart>
  void run_block(const ModelView& view, Index position, Workspace& workspace, O& observer, OnPart&& on_part) {
    for (Index first = 0; first < windows_->count(); first += windows_per_pass_) {
      const Index count = std::min(windows_per_pass_, windows_->count() - first);
      const Index first_row = first * windows_->length, rows = count * windows_->length;
      const MatrixView<float> part = stream_.view().row_range(first_row, rows);
      run_blocks(view, position, position + 1, part, SequenceBatch(count, windows_->length), workspace, observer);
      on_part(first_row, MatrixView<const float>(part));
    }
  }
  void run_block(const ModelView& view, Index position, Workspace& workspace) {
    NoObserver observer;
    run_block(view, position, workspace, observer, [](Index, MatrixView<const float>) {});
  }

 private:
  static Matrix<float> copy_of(const Matrix<float>& matrix) {
    Matrix<float> copy(matrix.rows(), matrix.columns());
    parallel_for(matrix.rows(),
                 [&](Index row) { std::copy_n(matrix.view().row(row), matrix.columns(), copy.view().row(row)); });
    return copy;
  }

  const TokenWindows* windows_;
  Index windows_per_pass_;
  Matrix<float> stream_;
};

/// What one stream lacks to be another: target − stream, of rows that correspond.
[[nodiscard]] inline Matrix<float> difference(MatrixView<const float> target, MatrixView<const float> stream) {
  Matrix<float> result(stream.rows, stream.columns);
  parallel_for(stream.rows, [&](Index row) {
    std::transform(target.row(row), target.row(row) + stream.columns, stream.row(row), result.view().row(row),
                   [](float a, float b) { return a - b; });
  });
  return result;
}

/// Σ ‖a − b‖² over all rows, in a fixed order.
[[nodiscard]] inline double squared_distance(MatrixView<const float> a, MatrixView<const float> b) {
  std::vector<double> of_row(static_cast<std::size_t>(a.rows));
  parallel_for(a.rows, [&](Index row) {
    double sum = 0;
    for (Index i = 0; i < a.columns; ++i) {
      const double difference = static_cast<double>(a.row(row)[i]) - static_cast<double>(b.row(row)[i]);
      sum += difference * difference;
    }
    of_row[static_cast<std::size_t>(row)] = sum;
  });
  double total = 0;
  for (const double sum : of_row) total += sum;
  return total;
}

/// Keeps the inputs of a block's output matrix, of the rows that ran last.
class InputCapture {
 public:
  void operator()(BlockId, Signal signal, MatrixView<const float> rows) {
    if (signal != Signal::output_input) return;
    const MatrixView<float> kept = inputs_.resize(rows.rows, rows.columns);
    parallel_for(rows.rows, [&](Index row) { std::copy_n(rows.row(row), rows.columns, kept.row(row)); });
  }

  [[nodiscard]] MatrixView<const float> rows() const { return inputs_.view(); }

 private:
  Matrix<float> inputs_;
};

}  // namespace multipruner::detail
