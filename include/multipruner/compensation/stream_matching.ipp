// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/compensation/detail/streams.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/add_gram.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE Index stream_matching_bytes(const ModelView& view, Index tokens, bool keep_zeros) {
  const Index hidden = view.config().widest_stream();
  Index widest = 0;
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    widest = std::max(widest, std::ranges::max(view.plan().choice({position}).widths));
  }
  const bool changes = std::ranges::any_of(view.config().blocks, &BlockSpec::has_shortcut);
  const Index streams = product_of_sizes("stream matching", {changes ? 4 : 2, tokens, hidden, sizeof(float)});
  const Index masked = keep_zeros ? masked_solve_bytes(hidden, widest) : 0;
  return sum_of_sizes("stream matching", streams,
                      masked + static_cast<Index>(sizeof(double)) * widest * (2 * widest + 3 * hidden));
}

MULTIPRUNER_INLINE void StreamMatching::require_applicable(const ModelConfig& config) const {
  for (const BlockSpec& block : config.blocks) {
    if (block.output_scale()) continue;
    throw UnsupportedError(block.label(),
                           "stream matching solves what a block adds to the stream, and this one norms it",
                           "Use local compensation, which solves what the output matrix gives, or none");
  }
  for (const BlockSpec& block : config.blocks) {
    const Kind& kind = block.kind();
    for (std::size_t slot = 0; slot < kind.slots.size(); ++slot) {
      const bool output_bias = kind.slots[slot].output && !kind.slots[slot].is_matrix();
      if (output_bias && block.shape(slot, block.whole())) return;
    }
  }
  if (!options_.bias) return;
  throw OptionError("stream matching: bias",
                    "models of type \"" + config.model_type + "\" have no biases on o_proj and down_proj here",
                    "Omit it: an engine reads such biases only if config.json declares them");
}

MULTIPRUNER_INLINE CompensatedModel StreamMatching::compensate(const ModelView& dense, const ModelView& pruned,
                                                               const TokenWindows& windows,
                                                               ProgressSink& progress) const {
  detail::require_same_model(dense, pruned);
  require_applicable(pruned.config());
  Workspace workspace(options_.compute);
  detail::OutputWeights weights(pruned, options_.scratch_folder);
  Streams streams{{dense.graph(), windows, options_.rows_per_pass}, {pruned.graph(), windows, options_.rows_per_pass}};
  std::vector<SolvedWeight> solved;
  const Index blocks = dense.config().num_blocks();
  ProgressScope scope(progress, "compensation", blocks);
  for (Index position = 0; position < blocks; ++position) {
    const BlockId block{position};
    streams.dense.run_block(dense, position, workspace);
    const std::size_t first = solved.size();
    for (std::size_t axis = 0; axis < pruned.config().blocks[block].kind().axes.size(); ++axis) {
      if (pruned.plan().width({block, axis}) > 0 && has_output(pruned.graph(), {block, axis}))
        solved.push_back(solve({block, axis}, weights, streams, workspace));
    }
    const Graph current = weights.graph();
    streams.pruned.run_block(ModelView(current), position, workspace);
    for (std::size_t i = first; i < solved.size(); ++i) {
      detail::add_squared_distance(streams.dense.view(), streams.pruned.view(), solved[i].after);
    }
    if (solved.size() > first) weights.release(block);
    dense.graph().release(block);
    scope.advance(position + 1);
  }
  return {weights.extracted(), std::move(solved)};
}

MULTIPRUNER_INLINE MatrixView<const double> StreamMatching::mean_of(const ColumnMoments& moments) {
  return {moments.mean().data(), 1, moments.columns()};
}

MULTIPRUNER_INLINE Matrix<double> StreamMatching::about_means(Sums& sums) {
  const auto input = mean_of(sums.means->input), lacking = mean_of(sums.means->lacking);
  const auto count = static_cast<double>(sums.inputs.count());
  add_product(sums.cross.view(), -count, as_column(lacking), input);
  Matrix<double> about_mean = copied(sums.inputs.matrix());
  add_product(about_mean.view(), -count, as_column(input), input);
  return about_mean;
}

MULTIPRUNER_INLINE void StreamMatching::solve(Sums& sums, const WeightView& weight, SolvedWeight& record) const {
  const Matrix<double> centred = sums.means ? about_means(sums) : Matrix<double>();
  const MatrixView<const double> gram = sums.means ? centred.view() : sums.inputs.matrix();
  if (const std::optional<WeightMask> zeros = options_.keep_zeros ? mask_of(weight) : std::nullopt) {
    record.masked = true;
    record.damping = {.relative = options_.ridge, .absolute = damping_of(gram, options_.ridge)};
    const Matrix<double> damped = plus_diagonal(gram, record.damping.absolute);
    const MaskedSolveOutcome outcome =
        solve_masked_rows(sums.cross.view(), *zeros, damped.view(), options_.masked_solve);
    record.iterations = outcome.iterations;
    record.unconverged_rows = outcome.unconverged_rows;
    return;
  }
  const DampedCholesky factor = damped_cholesky(gram, options_.ridge);
  record.damping = factor.damping;
  detail::solve_in_place(factor, sums.cross.view());
}

MULTIPRUNER_INLINE StreamMatching::Sums StreamMatching::gather(const ModelView& view, BlockAxis axis, bool with_bias,
                                                               Streams& streams, Workspace& workspace) {
  const Index width = view.plan().width(axis), hidden = view.config().blocks[axis.block].stream_out();
  Sums sums{Gram(width), zero_matrix(hidden, width)};
  if (with_bias) sums.means.emplace(Means{ColumnMoments(width), ColumnMoments(hidden)});
  detail::InputCapture capture(output_input(view.graph(), axis));
  for (const detail::ResidualStream::Part& part : streams.pruned.parts()) {
    const MatrixView<const float> stream =
        streams.pruned.observe_block(view, axis.block.position, part, workspace, capture);
    const MatrixView<const float> target = streams.dense.rows_of(part);
    Matrix<float> lacking = detail::difference(target, stream);
    detail::add_squared_distance(target, stream, sums.squared_distance);
    detail::divide(lacking.view(), view.config().blocks[axis.block].output_scale().value());
    for (const Sequence& window : part.batch.sequences()) {
      const MatrixView<const float> inputs = capture.rows().row_range(window.first_row, window.rows);
      const MatrixView<const float> lacked = lacking.view().row_range(window.first_row, window.rows);
      sums.inputs.add(inputs);
      simd::add_cross_gram(lacked, inputs, sums.cross.view());
      if (!sums.means) continue;
      sums.means->input.add(inputs);
      sums.means->lacking.add(lacked);
    }
  }
  sums.inputs.complete();
  detail::require_finite_activations(view.graph().label(axis.block),
                                     all_finite(sums.cross.view()) && all_finite(sums.inputs.matrix()));
  return sums;
}

MULTIPRUNER_INLINE SolvedWeight StreamMatching::solve(BlockAxis axis, detail::OutputWeights& weights, Streams& streams,
                                                      Workspace& workspace) const {
  const bool with_bias = options_.bias && weights.get_bias(axis);
  const Graph current = weights.graph();
  Sums sums = gather(ModelView(current), axis, with_bias, streams, workspace);
  SolvedWeight record{.axis = axis, .before = sums.squared_distance};
  solve(sums, weights.get(axis), record);
  const WeightMatrix before = to_weight_matrix(weights.get(axis));
  as_eigen(sums.cross.view()) += as_eigen(before.view());
  weights.set(axis, sums.cross.view());
  if (with_bias) {
    WeightMatrix bias = to_weight_matrix(weights.get_bias(axis));
    const MatrixView<const double> lacking = mean_of(sums.means->lacking);
    detail::subtract_multiple(bias.view().data, -1, lacking.data, lacking.columns);
    WeightMatrix change = to_weight_matrix(weights.get(axis));  // as it is stored
    as_eigen(change.view()) -= as_eigen(before.view());
    add_product_of_rows(bias.view(), -1, mean_of(sums.means->input), change.view());
    weights.set_bias(axis, bias.view());
  }
  return record;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
