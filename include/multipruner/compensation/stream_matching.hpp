#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/compensation/detail/output_weights.hpp>
#include <multipruner/compensation/detail/streams.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/gram.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/masked_solve.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner {

/// How StreamMatching solves.
struct StreamMatchingOptions {
  /// λ / mean(diag A): how much a change of a weight costs against an error of the stream. Larger is safer on other
  /// text.
  double ridge = 0.1;
  /// Solve the biases of output matrices, too, at no cost. Only for models that have them, e.g. of Llama's
  /// attention_bias or mlp_bias: no stock engine looks for biases that config.json does not announce.
  bool bias = false;
  /// Weights that are masked in the pruned model (`mask_of`) stay zero: every row is then solved on the columns that
  /// its mask keeps, by conjugate gradients in place of a factorisation. 2 · hidden_size · width² operations for each
  /// iteration, of which some tens are needed.
  bool keep_zeros = false;
  MaskedSolveOptions masked_solve = {};  ///< when these end
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;  ///< tokens that go through a block together; bounds memory, changes no bit
  /// Where given, the compensated model lies in a file there and not in memory (`WeightMemory`).
  std::filesystem::path scratch_folder = {};
};

/// Bytes that stream matching takes besides the weights and what is under way in a block: two residual streams, and
/// what is solved for the widest block.
/// @param tokens  of all windows @throws OptionError for more than any memory.
[[nodiscard]] inline Index stream_matching_bytes(const ModelView& view, Index tokens, bool keep_zeros = false) {
  const Index hidden = view.config().hidden_size;
  Index widest = 0;
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    widest = std::max(widest, view.plan().width(block_at(position)));
  }
  const Index streams = product_of_sizes("stream matching", {2, tokens, hidden, sizeof(float)});
  const Index masked = keep_zeros ? masked_solve_bytes(hidden, widest) : 0;
  return sum_of_sizes("stream matching", streams,
                      masked + static_cast<Index>(sizeof(double)) * widest * (2 * widest + 3 * hidden));
}

/// Walks through the dense and the pruned model side by side. Each output matrix that is left, o_proj or down_proj, is
/// solved so that the residual stream behind it comes as close as possible to the dense model's at the same place,
/// given the stream that really arrives there: W' = W + (Σ R âᵀ) (A + μI)⁻¹, where R is what the stream lacks with the
/// weight as it was, â the input of the weight, A = Σ â âᵀ, and μ = ridge · mean(diag A). A removed block is so taken
/// over by the next weight that is left, and errors do not pile up.
///
/// With a bias, everything is taken about its mean: A and Σ R âᵀ are those of â and R less their means over all tokens,
/// and b' = b + mean(R) − (W' − W) mean(â).
///
/// Least squares as OSSCAR's with a pruned prefix (arXiv 2403.12983), on the residual stream in place of the output.
/// Memory: two residual streams of all windows, and two matrices of width² doubles. Time: two passes of the
/// pruned model and one of the dense one, and a factorisation of width³ / 3 for every block.
class StreamMatching {
 public:
  static constexpr std::string_view name = "stream-matching";

  explicit StreamMatching(StreamMatchingOptions options = {}) : options_(options) {}

  /// @throws OptionError where biases are asked for of a model that has none.
  void require_applicable(const ModelConfig& config) const {
    if (!options_.bias || config.o_bias || config.mlp_bias) return;
    throw OptionError("stream matching: bias",
                      "models of type \"" + config.model_type + "\" have no biases on o_proj and down_proj here",
                      "Leave it away; only where config.json announces such biases would an engine read them");
  }

  /// @throws DataError where there are no windows or activations are not finite, OptionError for views of different
  /// models; as require_applicable.
  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows,
                                            ProgressSink& progress = silent_progress()) const {
    detail::require_same_model(dense, pruned);
    require_applicable(pruned.config());
    Workspace workspace(options_.compute);
    detail::OutputWeights weights(pruned, options_.scratch_folder);
    Streams streams{{dense.graph(), windows, options_.rows_per_pass},
                    {pruned.graph(), windows, options_.rows_per_pass}};
    std::vector<SolvedWeight> solved;
    const Index blocks = dense.config().num_blocks();
    ProgressScope scope(progress, "compensation", blocks);
    for (Index position = 0; position < blocks; ++position) {
      const BlockId block = block_at(position);
      streams.dense.run_block(dense, position, workspace);
      if (!pruned.plan().removed(block)) {
        solved.push_back(solve(block, pruned, weights, streams, workspace));
        weights.release(block);
      }
      dense.graph().release(block);
      scope.advance(position + 1);
    }
    return {weights.extracted(), std::move(solved)};
  }

 private:
  struct Streams {
    detail::ResidualStream dense, pruned;
  };

  struct Means {
    ColumnMoments input, lacking;  ///< of â and of R
  };

  /// What the least squares of one weight need.
  struct Sums {
    Gram inputs;                   ///< Σ â âᵀ
    WeightMatrix cross;            ///< Σ R âᵀ, hidden_size × width
    double squared_distance = 0;   ///< Σ ‖R‖²
    std::optional<Means> means{};  ///< where a bias is solved, too
  };

  static MatrixView<const double> mean_of(const ColumnMoments& moments) {
    return {moments.mean().data(), 1, moments.columns()};
  }

  static MatrixView<const double> as_column(MatrixView<const double> row) { return {row.data, row.columns, 1}; }

  /// A about the means, about which the cross products are taken, too.
  static Eigen::MatrixXd about_means(Sums& sums) {
    const auto input = mean_of(sums.means->input), lacking = mean_of(sums.means->lacking);
    const auto count = static_cast<double>(sums.inputs.count());
    add_product(stored_rows(sums.cross), -count, as_column(lacking), input);
    Eigen::MatrixXd about_mean = sums.inputs.matrix();
    add_product(stored_rows(about_mean), -count, as_column(input), input);
    return about_mean;
  }

  /// Solves X (A + μI) = Σ R âᵀ in place of the latter.
  void solve(Sums& sums, const WeightView& weight, SolvedWeight& record) const {
    const Eigen::MatrixXd centred = sums.means ? about_means(sums) : Eigen::MatrixXd();
    const Eigen::MatrixXd& gram = sums.means ? centred : sums.inputs.matrix();
    if (const std::optional<WeightMask> zeros = options_.keep_zeros ? mask_of(weight) : std::nullopt) {
      record.dampening = dampening_of(gram, options_.ridge);
      Eigen::MatrixXd damped = gram;
      damped.diagonal().array() += record.dampening;
      const MaskedSolveOutcome outcome = solve_masked_rows(sums.cross, *zeros, damped, options_.masked_solve);
      record.iterations = outcome.iterations;
      record.unconverged_rows = outcome.unconverged_rows;
      return;
    }
    const DampedCholesky factor = damped_cholesky(gram, options_.ridge);
    record.dampening = factor.dampening;
    record.attempts = factor.attempts;
    record.clipped = factor.clipped;
    detail::solve_in_place(factor, stored_rows(sums.cross));
  }

  /// Sums up what the pruned stream would lack behind a block, and leaves it in front of it.
  static Sums gather(const ModelView& view, BlockId block, bool with_bias, Streams& streams, Workspace& workspace) {
    const Index width = view.plan().width(block), hidden = view.config().hidden_size;
    Sums sums{Gram(width), WeightMatrix::Zero(hidden, width)};
    if (with_bias) sums.means.emplace(Means{ColumnMoments(width), ColumnMoments(hidden)});
    detail::InputCapture capture;
    const Index window = streams.pruned.window_length();
    const auto add = [&](Index first_row, MatrixView<const float> stream) {
      const MatrixView<const float> target = streams.dense.view().row_range(first_row, stream.rows);
      const Matrix<float> lacking = detail::difference(target, stream);
      detail::add_squared_distance(target, stream, sums.squared_distance);
      for (Index row = 0; row < stream.rows; row += window) {
        const MatrixView<const float> inputs = capture.rows().row_range(row, window);
        const MatrixView<const float> lacked = lacking.view().row_range(row, window);
        sums.inputs.add(inputs);
        simd::add_cross_gram(lacked, inputs, stored_rows(sums.cross));
        if (!sums.means) continue;
        sums.means->input.add(inputs);
        sums.means->lacking.add(lacked);
      }
    };
    streams.pruned.observe_block(view, position_of(block), workspace, capture, add);
    sums.inputs.complete();
    detail::require_finite_activations(block, sums.cross.allFinite() && sums.inputs.matrix().allFinite());
    return sums;
  }

  /// Solves the output matrix of a block, and takes the pruned stream through the block that has it.
  [[nodiscard]] SolvedWeight solve(BlockId block, const ModelView& pruned, detail::OutputWeights& weights,
                                   Streams& streams, Workspace& workspace) const {
    const bool with_bias = options_.bias && weights.get_bias(block);
    Sums sums = gather(pruned, block, with_bias, streams, workspace);
    SolvedWeight record{.block = block, .before = sums.squared_distance};
    solve(sums, weights.get(block), record);
    const WeightMatrix before = to_weight_matrix(weights.get(block));
    weights.set(block, before + sums.cross);
    if (with_bias) {
      WeightMatrix bias = to_weight_matrix(weights.get_bias(block));
      const MatrixView<const double> lacking = mean_of(sums.means->lacking);
      detail::subtract_multiple(bias.data(), -1, lacking.data, lacking.columns);
      const WeightMatrix change = to_weight_matrix(weights.get(block)) - before;  // as it is stored
      add_product_of_rows(stored_rows(bias), -1, mean_of(sums.means->input), stored_rows(change));
      weights.set_bias(block, bias);
    }
    const Graph solved = weights.graph();
    streams.pruned.run_block(ModelView(solved), position_of(block), workspace);
    detail::add_squared_distance(streams.dense.view(), streams.pruned.view(), record.after);
    return record;
  }

  StreamMatchingOptions options_;
};

static_assert(Compensator<StreamMatching>);

}  // namespace multipruner
