// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/compensation/detail/output_weights.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/masked_solve.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// How StreamMatching solves.
struct StreamMatchingOptions {
  /// λ / mean(diag A): how much a change of a weight costs against an error of the stream. Larger is safer on other
  /// text.
  double ridge = 0.1;
  /// Solve the biases of output matrices, too, at no cost. Only for models that have them, e.g. of Llama's
  /// attention_bias or mlp_bias: no stock engine looks for biases that config.json does not announce.
  bool bias = false;
  /// Weights that are masked in the pruned model (`mask_of`) stay zero: every row is then solved on the columns that
  /// its mask keeps, by conjugate gradients in place of a factorisation. 2 · rows · width² operations for each
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
[[nodiscard]] Index stream_matching_bytes(const ModelView& view, Index tokens, bool keep_zeros = false);

/// Walks through the dense and the pruned model side by side. Each output matrix that is left, o_proj or down_proj, is
/// solved so that the residual stream behind it comes as close as possible to the dense model's at the same place,
/// given the stream that really arrives there: W' = W + (Σ R âᵀ) (A + μI)⁻¹, where R is what the stream lacks with the
/// weight as it was, â the input of the weight, A = Σ â âᵀ, and μ = ridge · mean(diag A). A removed block is so taken
/// over by the next weight that is left, and errors do not pile up.
///
/// With a bias, everything is taken about its mean: A and Σ R âᵀ are those of â and R less their means over all tokens,
/// and b' = b + mean(R) − (W' − W) mean(â).
///
/// Where a family multiplies what a block adds, R is divided by that. A block that norms what it adds is refused: the
/// norm scales every token's output to one length, so that no matrix makes up for what the stream lacks.
///
/// Least squares as OSSCAR's with a pruned prefix (arXiv 2403.12983), on the residual stream in place of the output.
/// Memory: two residual streams of all windows, and two matrices of width² doubles. Time: two passes of the
/// pruned model and one of the dense one, and a factorisation of width³ / 3 for every block.
class StreamMatching {
 public:
  static constexpr std::string_view name = "stream-matching";

  explicit StreamMatching(StreamMatchingOptions options = {}) : options_(options) {}

  /// @throws OptionError where biases are asked for of a model that has none; UnsupportedError naming a block that
  /// norms what it adds.
  void require_applicable(const ModelConfig& config) const;

  /// @throws DataError where there are no windows or activations are not finite, OptionError for views of different
  /// models; as require_applicable.
  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows,
                                            ProgressSink& progress = silent_progress()) const;

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
    WeightMatrix cross;            ///< Σ R âᵀ, stream × width
    double squared_distance = 0;   ///< Σ ‖R‖²
    std::optional<Means> means{};  ///< where a bias is solved, too
  };

  static MatrixView<const double> mean_of(const ColumnMoments& moments);

  static MatrixView<const double> as_column(MatrixView<const double> row) { return {row.data, row.columns, 1}; }

  /// A about the means, about which the cross products are taken, too.
  static Matrix<double> about_means(Sums& sums);

  /// Solves X (A + μI) = Σ R âᵀ in place of the latter.
  void solve(Sums& sums, const WeightView& weight, SolvedWeight& record) const;

  /// Sums up what the pruned stream would lack behind a block, and leaves it in front of it.
  static Sums gather(const ModelView& view, BlockAxis axis, bool with_bias, Streams& streams, Workspace& workspace);

  /// Solves the output matrix of an axis of a block that the pruned stream has come to.
  [[nodiscard]] SolvedWeight solve(BlockAxis axis, detail::OutputWeights& weights, Streams& streams,
                                   Workspace& workspace) const;

  StreamMatchingOptions options_;
};

static_assert(Compensator<StreamMatching>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/stream_matching.ipp>
#endif
