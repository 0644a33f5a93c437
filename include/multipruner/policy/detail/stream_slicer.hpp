// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/forward/layer_loop.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/slice_gpt_options.hpp>
#include <multipruner/tensor/derived_weights.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws UnsupportedError where SliceGPT does not know what is in front of a block's linears or behind them, or a
/// stream is sliced already.
void require_sliceable(const ModelConfig& config);

/// One run of SliceGpt: the model as far as it is sliced, and the stream that comes out of that part.
///
/// Behind a block that is left, the stream is c · Q x for the stream x of the model's own channels; the rows of Q are
/// the axes that are kept, d' of d, and c = √(d'/d). So an RMSNorm over the d' channels divides by √(Σ x²/d + ε).
class StreamSlicer {
 public:
  StreamSlicer(const Graph& source, const TokenWindows& windows, Index width, const SliceGptOptions& options,
               std::uint64_t seed, ProgressSink& progress);

  [[nodiscard]] Graph run() &&;

 private:
  /// The axes of the stream as it is, which has the model's own channels, those to keep first.
  /// @param label  of the block in front of it
  [[nodiscard]] Matrix<double> next_axes(const std::string& label);

  /// The first d' axes, each times a number. @param axes  as rows
  [[nodiscard]] Matrix<double> kept(const Matrix<double>& axes, double factor) const;

  /// Takes the stream from the model's own channels to others. @param writing  the axes times c
  void turn_stream(const Matrix<double>& writing);

  /// Has a block read the stream on the axes that it is on, the gain of its norm being in its linears.
  void read_sliced(BlockId block);

  /// Has a block write the stream on other axes, and takes the stream there.
  void write_sliced(BlockId block, Matrix<double> axes);

  /// Takes the stream through a block that reads it sliced, and writes the model's own channels.
  void run_block(BlockId block);

  /// The matrix that takes the stream as it is to the model's own channels.
  [[nodiscard]] Matrix<double> to_own_channels() const;

  /// Puts ones in place of the gain of a block's norm.
  void reset_norm(BlockId block);

  [[nodiscard]] static bool is_norm(const Slot& slot) { return slot.stays && !slot.is_matrix(); }

  [[nodiscard]] std::string label(BlockId block, TensorRole role) const;

  /// W · rightᵀ in the scalar type of W. @param right  columns of the result × columns of W
  /// @throws DataError where that cannot hold an entry, likewise below. @param name  of W
  [[nodiscard]] WeightView times_rows(const WeightView& weight, MatrixView<const double> right,
                                      const std::string& name);

  /// left · W, likewise.
  [[nodiscard]] WeightView times_weight(MatrixView<const double> left, const WeightView& weight,
                                        const std::string& name);

  [[nodiscard]] WeightView stored(MatrixView<const double> weight, DType dtype, const std::string& name);

  const Graph& source_;
  const SliceGptOptions& options_;
  ModelConfig config_;  ///< of the sliced model
  Index width_;         ///< d'
  double scale_;        ///< c
  NumpyRandom random_;
  Workspace workspace_;
  ResidualStream stream_;  ///< in front of the block under way
  std::shared_ptr<DerivedWeights> storage_;
  Weights weights_;      ///< sliced up to the block under way
  Matrix<double> axes_;  ///< of the stream in front of the block under way
  ProgressScope progress_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/stream_slicer.ipp>
#endif
