#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/compensation/detail/output_weights.hpp>
#include <multipruner/compensation/detail/streams.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/simd/gram.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner {

/// How StreamMatching solves.
struct StreamMatchingOptions {
  /// λ / mean(diag A): how much a change of a weight costs against an error of the stream. Larger is safer on other
  /// text.
  double ridge = 0.1;
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;  ///< tokens that go through a block together; bounds memory, changes no bit
};

/// Walks through the dense and the pruned model side by side. Each output matrix that is left, o_proj or down_proj, is
/// solved so that the residual stream behind it comes as close as possible to the dense model's at the same place,
/// given the stream that really arrives there: W' = W + (Σ R âᵀ) (A + μI)⁻¹, where R is what the stream lacks with the
/// weight as it was, â the input of the weight, A = Σ â âᵀ, and μ = ridge · mean(diag A). A removed block is so taken
/// over by the next weight that is left, and errors do not pile up.
///
/// Least squares as OSSCAR's with a pruned prefix (arXiv 2403.12983), on the residual stream in place of the output.
/// Memory: two residual streams of all windows, and two matrices of width² doubles. Time: two passes of the
/// pruned model and one of the dense one, and a factorisation of width³ / 3 for every block.
class StreamMatching {
 public:
  static constexpr std::string_view name = "stream-matching";

  explicit StreamMatching(StreamMatchingOptions options = {}) : options_(options) {}

  /// @throws DataError where there are no windows or activations are not finite, OptionError for views of different
  /// models.
  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows,
                                            ProgressSink& progress = silent_progress()) const {
    detail::require_same_model(dense, pruned);
    Workspace workspace(options_.compute);
    detail::OutputWeights weights(pruned);
    Streams streams{{dense.graph(), windows, options_.rows_per_pass},
                    {pruned.graph(), windows, options_.rows_per_pass}};
    std::vector<SolvedWeight> solved;
    const Index blocks = dense.config().num_blocks();
    ProgressScope scope(progress, "compensation", blocks);
    for (Index position = 0; position < blocks; ++position) {
      const BlockId block = block_at(position);
      streams.dense.run_block(dense, position, workspace);
      if (!pruned.plan().removed(block)) solved.push_back(solve(block, pruned, weights, streams, workspace));
      dense.graph().release(block);
      scope.advance(position + 1);
    }
    return {weights.extracted(), std::move(solved)};
  }

 private:
  struct Streams {
    detail::ResidualStream dense, pruned;
  };

  /// What the least squares of one weight need.
  struct Sums {
    Gram inputs;                  ///< Σ â âᵀ
    Eigen::MatrixXd cross;        ///< Σ â Rᵀ, width × hidden_size
    double squared_distance = 0;  ///< Σ ‖R‖²
  };

  /// Sums up what the pruned stream would lack behind a block, and leaves it in front of it.
  static Sums gather(const ModelView& view, BlockId block, Streams& streams, Workspace& workspace) {
    const Index width = view.plan().width(block), hidden = view.config().hidden_size;
    Sums sums{Gram(width), Eigen::MatrixXd::Zero(width, hidden)};
    const MatrixView<double> cross(sums.cross.data(), hidden, width);  // the same memory, row-major
    detail::InputCapture capture;
    const Index window = streams.pruned.window_length();
    const auto add = [&](Index first_row, MatrixView<const float> stream) {
      const MatrixView<const float> target = streams.dense.view().row_range(first_row, stream.rows);
      const Matrix<float> lacking = detail::difference(target, stream);
      detail::add_squared_distance(target, stream, sums.squared_distance);
      for (Index row = 0; row < stream.rows; row += window) {
        sums.inputs.add(capture.rows().row_range(row, window));
        simd::add_cross_gram(lacking.view().row_range(row, window), capture.rows().row_range(row, window), cross);
      }
    };
    streams.pruned.observe_block(view, position_of(block), workspace, capture, add);
    sums.inputs.complete();
    detail::require_finite_activations(block, sums.cross.allFinite() && sums.inputs.matrix().diagonal().allFinite());
    return sums;
  }

  /// Solves the output matrix of a block, and takes the pruned stream through the block that has it.
  [[nodiscard]] SolvedWeight solve(BlockId block, const ModelView& pruned, detail::OutputWeights& weights,
                                   Streams& streams, Workspace& workspace) const {
    Sums sums = gather(pruned, block, streams, workspace);
    SolvedWeight record{.block = block, .before = sums.squared_distance};
    const DampedCholesky factor = damped_cholesky(sums.inputs.matrix(), options_.ridge);
    record.dampening = factor.dampening;
    record.attempts = factor.attempts;
    record.clipped = factor.clipped;
    detail::solve_in_place(factor, sums.cross);
    weights.set(block, to_eigen(weights.get(block)) + sums.cross.transpose());
    const Graph solved = weights.graph();
    streams.pruned.run_block(ModelView(solved), position_of(block), workspace);
    detail::add_squared_distance(streams.dense.view(), streams.pruned.view(), record.after);
    return record;
  }

  StreamMatchingOptions options_;
};

static_assert(Compensator<StreamMatching>);

}  // namespace multipruner
