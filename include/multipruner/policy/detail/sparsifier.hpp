// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/detail/residual_stream.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_observer.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/policy/detail/linear_to_prune.hpp>
#include <multipruner/policy/sparsify_options.hpp>
#include <multipruner/policy/sparsify_result.hpp>
#include <multipruner/sparsity/hessian_pruner.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// One run of `sparsify`: the model as far as it is pruned, and the residual stream that comes out of that part.
template <class Pruner>
class Sparsifier {
 public:
  Sparsifier(const ModelView& view, const TokenWindows& windows, const Pruner& pruner, const SparsifyOptions& options,
             ProgressSink& progress)
      : source_(view.graph()),
        windows_(windows),
        pruner_(pruner),
        options_(options),
        workspace_(options.compute),
        stream_(view.graph(), windows, options.rows_per_pass),
        storage_(std::make_shared<DerivedWeights>(view.graph().storage())),
        weights_(view.weights()),
        origin_(view.graph().origin()),
        progress_(progress, "pruning weights", units_of_work()) {}

  [[nodiscard]] SparsifyResult run() && {
    for (Index position = 0; position < source_.config().num_blocks(); ++position) {
      const BlockId block{position};
      prune(block);
      const Graph graph = this->graph();
      stream_.run_block(ModelView(graph), position, workspace_, [&] { unit_done(); });
      source_.release(block);
    }
    return {graph(), std::move(linears_)};
  }

 private:
  [[nodiscard]] Graph graph() const { return {source_.config(), weights_, storage_, origin_}; }

  [[nodiscard]] Index units_of_work() {
    Index units = 0;
    for (Index position = 0; position < source_.config().num_blocks(); ++position) {
      const auto linears = static_cast<Index>(linears_to_prune({position}).size());
      units += linears + (linears > 0 ? 2 : 1) * static_cast<Index>(stream_.parts().size());
    }
    return units;
  }

  void unit_done() { progress_.advance(++units_done_); }

  /// Those of a block that are not skipped; none of a block that is not there.
  [[nodiscard]] std::vector<LinearToPrune> linears_to_prune(BlockId block) {
    std::vector<LinearToPrune> linears;
    const BlockSpec& spec = source_.spec(block);
    const std::span<const Slot> slots = spec.kind().slots;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      WeightView& weight = weights_[block][slot];
      const Slot& info = slots[slot];
      if (!info.linear || !weight || (options_.skip && options_.skip(info.role, spec.layer()))) continue;
      linears.push_back({info.role, &weight, input_signal(info.input), info.output});
    }
    return linears;
  }

  void prune(BlockId block) {
    const std::vector<LinearToPrune> linears = linears_to_prune(block);
    if (linears.empty()) return;
    const BlockStatistics statistics = gather(block, linears);
    for (std::size_t input = 0; input < source_.spec(block).kind().inputs.size(); ++input) {
      const Signal signal = input_signal(input);
      std::optional<DampedHessian> hessian;
      for (const LinearToPrune& linear : linears) {
        if (linear.input != signal) continue;
        prune(linear, source_.spec(block).layer(), statistics.of(signal).gram->matrix(), hessian);
        unit_done();
      }
    }
  }

  /// Gram matrices of the inputs of the linears, in the block as it is now; the stream stays as it is.
  [[nodiscard]] BlockStatistics gather(BlockId block, const std::vector<LinearToPrune>& linears) {
    StatisticsNeeds needs;
    for (const LinearToPrune& linear : linears) {
      (linear.output ? needs.output_input : needs.block_input).gram = true;
    }
    const Graph graph = this->graph();
    const ModelView view(graph);
    ModelStatistics statistics({}, graph.config().blocks);
    detail::prepare(statistics, view, block, needs);
    StatisticsObserver observer(statistics, view);
    for (const ResidualStream::Part& part : stream_.parts()) {
      observer.expect(part.batch);
      (void)stream_.observe_block(view, block.position, part, workspace_, observer);
      unit_done();
    }
    detail::finish(statistics, block);
    return std::move(statistics.at(block));
  }

  /// @param hessian  of the inputs, if a linear before had the same ones
  void prune(const LinearToPrune& linear, Index layer, MatrixView<const double> gram,
             std::optional<DampedHessian>& hessian) {
    const WeightMatrix weights = to_weight_matrix(*linear.weight);
    const LinearProblem problem{.name = origin_.label(linear.role, layer),
                                .weights = weights.view(),
                                .gram = gram,
                                .sequences = windows_.count()};
    const PrunedWeights pruned = prune(problem, hessian);
    *linear.weight = store_finite_weights(storage_->copies, pruned.weights.view(), linear.weight->dtype, problem.name);
    SparsifiedLinear& record = linears_.emplace_back(record_of(problem, pruned, *linear.weight));
    record.role = linear.role;
    record.layer = layer;
    if (origin_.tensor_name != nullptr) record.name = origin_.tensor_name(linear.role, layer);
  }

  [[nodiscard]] PrunedWeights prune(const LinearProblem& problem, std::optional<DampedHessian>& hessian) const {
    if constexpr (HessianPruner<Pruner>) {
      if (!hessian) hessian.emplace(problem, pruner_.damping);
      return pruner_(problem, *hessian);
    } else {
      return pruner_(problem);
    }
  }

  const Graph& source_;
  const TokenWindows& windows_;
  const Pruner& pruner_;
  const SparsifyOptions& options_;
  Workspace workspace_;
  ResidualStream stream_;  ///< before the block under way
  std::shared_ptr<DerivedWeights> storage_;
  Weights weights_;  ///< pruned up to the block under way
  Origin origin_;
  ProgressScope progress_;
  std::vector<SparsifiedLinear> linears_;
  Index units_done_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
