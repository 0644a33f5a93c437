// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/policy/detail/stream_axes.hpp>
#include <multipruner/policy/detail/stream_slicer.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether the frame of a block lets its stream be turned; true of a block of another kind.
template <class Spec>
[[nodiscard]] bool is_sliceable(const Spec* spec) {
  return spec == nullptr || (spec->frame.pre_norm && !spec->frame.post_norm && !spec->frame.norm_offset);
}

MULTIPRUNER_INLINE void require_sliceable(const ModelConfig& config) {
  for (const BlockSpec& block : config.blocks) {
    if (!block.is<Attention>() && !block.is<GatedMlp>()) {
      throw UnsupportedError(
          block.label(),
          "SliceGPT turns the stream in front of an RMSNorm that all of a block reads through, and " +
              std::string(block.kind().name) + " is not known to have one",
          "Use a model of attention and gated MLPs with RMSNorm, e.g. one of Llama's relatives");
    }
    if (!is_sliceable(block.as<Attention>()) || !is_sliceable(block.as<GatedMlp>())) {
      throw UnsupportedError(
          block.label(),
          "SliceGPT turns the stream in front of an RMSNorm with the gain of its weight and behind what the block "
          "adds as it is, and this block has other norms",
          "Use a model without norms of what blocks add and with plain gains, or another policy");
    }
    if (!block.has_shortcut() && block.stream_in() == config.hidden_size) continue;
    throw UnsupportedError(block.label(), "its stream is sliced already", "Slice the model that it was made from");
  }
}

/// Calls f(first, count) for all rows in parallel, so many at once.
template <class F>
void in_row_tasks(Index rows, F&& f) {
  constexpr Index rows_per_task = 128;
  parallel_for((rows + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task;
    f(first, std::min(rows_per_task, rows - first));
  });
}

MULTIPRUNER_INLINE StreamSlicer::StreamSlicer(const Graph& source, const TokenWindows& windows, Index width,
                                              const SliceGptOptions& options, std::uint64_t seed,
                                              ProgressSink& progress)
    : source_(source),
      options_(options),
      config_(sliced_config(source.config(), Plan(source), width)),
      width_(width),
      scale_(std::sqrt(static_cast<double>(width) / static_cast<double>(source.config().hidden_size))),
      random_(seed),
      workspace_(options.compute),
      stream_(source, windows, options.rows_per_pass),
      storage_(std::make_shared<DerivedWeights>(source.storage(), options.scratch_folder)),
      weights_(source.weights()),
      progress_(progress, "slicing the stream", source.num_blocks()) {}

MULTIPRUNER_INLINE Graph StreamSlicer::run() && {
  Index last = source_.num_blocks() - 1;
  while (!source_.has({last})) --last;
  axes_ = next_axes("the embedding");
  const Matrix<double> writing = kept(axes_, scale_);
  weights_.ends[Ends::embed_tokens] =
      times_rows(source_.embed_tokens(), writing.view(), source_.origin().label("embed_tokens", -1));
  turn_stream(writing);
  for (Index position = 0; position < source_.num_blocks(); ++position) {
    const BlockId block{position};
    if (position <= last) reset_norm(block);
    if (source_.has(block)) {
      read_sliced(block);
      if (position < last) {
        run_block(block);
        write_sliced(block, next_axes(source_.label(block)));
      } else {
        weights_.shortcuts[static_cast<std::size_t>(position)] =
            stored(to_own_channels().view(), source_.embed_tokens().dtype, source_.label(block) + " shortcut");
      }
    }
    source_.release(block);
    progress_.advance(position + 1);
  }
  return {std::move(config_), std::move(weights_), std::move(storage_), source_.origin()};
}

MULTIPRUNER_INLINE Matrix<double> StreamSlicer::next_axes(const std::string& label) {
  const Matrix<double> moment = second_moment(stream_.view());
  double trace = 0;
  for (Index i = 0; i < moment.rows(); ++i) trace += moment.view().row(i)[i];
  require_finite_activations(label, std::isfinite(trace));
  Matrix<double> axes = principal_axes(moment.view(), options_.damping);
  if (options_.random_rotation) {
    const MatrixView<double> leading = axes.view().row_range(0, width_);
    const Matrix<double> turned = product(random_orthogonal(width_, random_).view(), leading);
    std::copy_n(turned.view().data, turned.view().rows * turned.view().columns, leading.data);
  }
  return axes;
}

MULTIPRUNER_INLINE Matrix<double> StreamSlicer::kept(const Matrix<double>& axes, double factor) const {
  Matrix<double> result = copied(axes.view().row_range(0, width_));
  const std::span<double> entries(result.view().data, static_cast<std::size_t>(result.rows() * result.columns()));
  for (double& entry : entries) entry *= factor;
  return result;
}

MULTIPRUNER_INLINE void StreamSlicer::turn_stream(const Matrix<double>& writing) {
  WeightStore store;
  stream_.transform(store_weights(store, writing.view(), DType::float32), workspace_);
}

MULTIPRUNER_INLINE void StreamSlicer::read_sliced(BlockId block) {
  const BlockSpec& spec = source_.spec(block);
  const std::span<const Slot> slots = spec.kind().slots;
  Matrix<double> reading = kept(axes_, 1 / scale_);
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (!is_norm(slots[slot]) || !source_.tensors(block)[slot]) continue;
    const WeightMatrix gain = to_weight_matrix(source_.tensors(block)[slot]);
    for (Index row = 0; row < reading.rows(); ++row) {
      double* const axis = reading.view().row(row);
      for (Index i = 0; i < reading.columns(); ++i) axis[i] *= gain.view().row(0)[i];
    }
  }
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (!slots[slot].linear || slots[slot].columns != Extent::stream_in) continue;
    weights_[block][slot] = times_rows(source_.tensors(block)[slot], reading.view(), label(block, slots[slot].role));
  }
}

MULTIPRUNER_INLINE void StreamSlicer::write_sliced(BlockId block, Matrix<double> axes) {
  const std::span<const Slot> slots = source_.spec(block).kind().slots;
  const Matrix<double> writing = kept(axes, scale_);
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    const WeightView& tensor = source_.tensors(block)[slot];
    if (!slots[slot].output || !tensor) continue;
    const std::string name = label(block, slots[slot].role);
    weights_[block][slot] =
        slots[slot].is_matrix() ? times_weight(writing.view(), tensor, name) : times_rows(tensor, writing.view(), name);
  }
  Matrix<double> shortcut = zero_matrix(width_, width_);
  in_row_tasks(width_, [&](Index first, Index count) {
    add_product_of_rows(shortcut.view().row_range(first, count), 1, axes.view().row_range(first, count),
                        axes_.view().row_range(0, width_));
  });
  weights_.shortcuts[static_cast<std::size_t>(block.position)] =
      stored(shortcut.view(), source_.embed_tokens().dtype, source_.label(block) + " shortcut");
  axes_ = std::move(axes);
  turn_stream(writing);
}

MULTIPRUNER_INLINE void StreamSlicer::run_block(BlockId block) {
  const Index own = source_.config().hidden_size;
  ModelConfig config = config_;
  config.blocks = BlockList({source_.spec(block).with_streams(width_, own).with_shortcut()});
  Weights weights(config);
  weights.ends = weights_.ends;
  weights.blocks.front() = weights_[block];
  WeightStore store;
  weights.shortcuts.front() = store_weights(store, to_own_channels().view(), DType::float32);
  const Graph alone(std::move(config), std::move(weights));
  stream_.run_block(ModelView(alone), 0, workspace_);
}

MULTIPRUNER_INLINE Matrix<double> StreamSlicer::to_own_channels() const {
  return transposed(kept(axes_, 1 / scale_).view());
}

MULTIPRUNER_INLINE void StreamSlicer::reset_norm(BlockId block) {
  const std::span<const Slot> slots = source_.spec(block).kind().slots;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    WeightView& norm = weights_[block][slot];
    if (!is_norm(slots[slot]) || !norm) continue;  // what a block that is gone has left may be gone, too
    Matrix<double> ones(1, width_);
    std::fill_n(ones.view().data, width_, 1.0);
    norm = stored(ones.view(), norm.dtype, label(block, slots[slot].role));
  }
}

MULTIPRUNER_INLINE std::string StreamSlicer::label(BlockId block, TensorRole role) const {
  return source_.origin().label(role, source_.spec(block).layer());
}

MULTIPRUNER_INLINE WeightView StreamSlicer::times_rows(const WeightView& weight, MatrixView<const double> right,
                                                       const std::string& name) {
  Matrix<double> result = zero_matrix(weight.rows, right.rows);
  in_row_tasks(weight.rows, [&](Index first, Index count) {
    const WeightMatrix rows = to_weight_matrix(weight.row_range(first, count));
    add_product_of_rows(result.view().row_range(first, count), 1, rows.view(), right);
  });
  return stored(result.view(), weight.dtype, name);
}

MULTIPRUNER_INLINE WeightView StreamSlicer::times_weight(MatrixView<const double> left, const WeightView& weight,
                                                         const std::string& name) {
  const WeightMatrix right = to_weight_matrix(weight);
  Matrix<double> result = zero_matrix(left.rows, weight.columns);
  in_row_tasks(left.rows, [&](Index first, Index count) {
    add_product(result.view().row_range(first, count), 1, left.row_range(first, count), right.view());
  });
  return stored(result.view(), weight.dtype, name);
}

MULTIPRUNER_INLINE WeightView StreamSlicer::stored(MatrixView<const double> weight, DType dtype,
                                                   const std::string& name) {
  const WeightView view = store_weights(storage_->copies, weight, dtype);
  if (!is_finite(view)) {
    throw DataError(name, "turned to the axes of the stream, a weight is too large for " + std::string(name_of(dtype)),
                    "Use a model of another scalar type");
  }
  storage_->copies.release(view);
  return view;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
