#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/importance/plan_metric.hpp>
#include <multipruner/search/evaluator_statistics.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner {

struct EvaluatorOptions {
  /// Tokens that run through the model together. Memory is this many rows of activations, and as many rows of the
  /// residual stream for every plan in the batch that has branched off and waits. Never changes a result.
  Index rows_per_pass = 4096;

  /// What costs are computed in. bfloat16 is several times as fast where the processor has instructions for it; its
  /// decisions may differ from those of float32 where candidates are close.
  simd::Compute compute = simd::Compute::float32;
};

/// Costs of plans on calibration windows, by running the model as rarely as possible.
///
/// A batch of plans is walked as a tree: plans share the residual stream up to the first block at which they differ, so
/// that candidates of a greedy step cost, on average, half a forward pass each. Results are those of one full pass per
/// plan, bit for bit.
///
/// The graph and the calibration windows must outlive the evaluator.
template <class Metric>
class Evaluator final : public Objective {
  static_assert(PlanMetric<Metric>,
                "Evaluator<Metric>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");

 public:
  Evaluator(const Graph& graph, const Calibration& calibration, Metric metric = {}, EvaluatorOptions options = {})
      : graph_(graph),
        calibration_(calibration),
        metric_(std::move(metric)),
        options_(options),
        workspace_(options.compute) {}

  Evaluator(const Graph&&, const Calibration&, Metric = {}, EvaluatorOptions = {}) = delete;  // both must outlive it
  Evaluator(const Graph&, const Calibration&&, Metric = {}, EvaluatorOptions = {}) = delete;

  /// @throws DataError if there are no windows, or a token is not in the vocabulary.
  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    const TokenWindows& windows = request.set == CalibrationSet::block ? calibration_.block : calibration_.width;
    require_windows(windows);
    begin_batch(plans, windows, request.progress);
    const Index per_pass = std::max<Index>(1, options_.rows_per_pass / windows.length);
    for (Index first = 0; first < windows.count(); first += per_pass) {
      run_pass({&windows, first, std::min(per_pass, windows.count() - first)});
    }
    std::vector<PlanCost> costs;
    for (std::size_t i = 0; i < plans.size(); ++i) costs.push_back({metric_.combine(views_[i], window_costs_[i])});
    return costs;
  }

  [[nodiscard]] double display(double cost) const override { return metric_.display(cost); }

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return statistics_; }

 private:
  using PlanIndices = std::vector<std::size_t>;

  void begin_batch(std::span<const Plan> plans, const TokenWindows& windows, const BatchProgress& progress) {
    views_.clear();
    for (const Plan& plan : plans) views_.emplace_back(graph_, plan);
    window_costs_.assign(plans.size(), std::vector<double>(static_cast<std::size_t>(windows.count())));
    progress_ = progress;
    done_ = 0;
    total_ = static_cast<Index>(plans.size()) * windows.count();
    statistics_.plans += static_cast<Index>(plans.size());
  }

  void run_pass(const WindowRange& windows) {
    if (views_.empty()) return;
    const SequenceBatch batch(windows.count, windows.length());
    Matrix<float> stream(windows.rows(), graph_.config().hidden_size);
    embed(graph_, windows.tokens(), stream.view());
    PlanIndices all(views_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    descend(std::move(all), 0, stream.view(), batch, windows);
  }

  /// Finishes all given plans, which agree on every block before `position`. The stream is used up.
  void descend(PlanIndices plans, Index position, MatrixView<float> stream, const SequenceBatch& batch,
               const WindowRange& windows) {
    while (position < graph_.config().num_blocks()) {
      std::vector<PlanIndices> branches = split(plans, position);
      for (std::size_t i = 0; i + 1 < branches.size(); ++i) {
        Matrix<float> copy = copy_of(stream);
        run_block(branches[i], position, copy.view(), batch);
        descend(std::move(branches[i]), position + 1, copy.view(), batch, windows);
      }
      plans = std::move(branches.back());
      run_block(plans, position, stream, batch);
      ++position;
    }
    finish(plans, stream, windows);
  }

  /// Groups plans by what they do at a block; the largest group comes last, because it may use the stream in place.
  [[nodiscard]] std::vector<PlanIndices> split(const PlanIndices& plans, Index position) const {
    const auto width = [&](std::size_t plan) { return views_[plan].plan().width(block_at(position)); };
    std::vector<PlanIndices> branches;
    for (const std::size_t plan : plans) {
      const auto same = std::ranges::find_if(
          branches, [&](const PlanIndices& branch) { return width(branch.front()) == width(plan); });
      if (same == branches.end()) {
        branches.push_back({plan});
      } else {
        same->push_back(plan);
      }
    }
    std::iter_swap(std::ranges::max_element(branches, {}, &PlanIndices::size), branches.end() - 1);
    return branches;
  }

  void run_block(const PlanIndices& plans, Index position, MatrixView<float> stream, const SequenceBatch& batch) {
    const ModelView& view = views_[plans.front()];
    NoObserver observer;
    run_blocks(view, position, position + 1, stream, batch, workspace_, observer);
    if (view.plan().removed(block_at(position))) return;
    const auto windows = static_cast<Index>(batch.sequences().size());
    statistics_.blocks_run += windows;
    statistics_.blocks_saved_by_sharing += windows * (static_cast<Index>(plans.size()) - 1);
  }

  void finish(const PlanIndices& plans, MatrixView<const float> stream, const WindowRange& windows) {
    std::vector<double> costs(static_cast<std::size_t>(windows.count));
    metric_.window_costs(views_[plans.front()], stream, windows, costs, workspace_);
    for (const std::size_t plan : plans) std::ranges::copy(costs, window_costs_[plan].begin() + windows.first);
    done_ += static_cast<Index>(plans.size()) * windows.count;
    if (progress_) progress_(done_, total_);
  }

  static Matrix<float> copy_of(MatrixView<const float> stream) {
    Matrix<float> copy(stream.rows, stream.columns);
    std::copy_n(stream.data, stream.rows * stream.columns, copy.view().data);
    return copy;
  }

  const Graph& graph_;
  const Calibration& calibration_;
  Metric metric_;
  EvaluatorOptions options_;
  EvaluatorStatistics statistics_;
  Workspace workspace_;
  std::vector<ModelView> views_;
  std::vector<std::vector<double>> window_costs_;
  BatchProgress progress_;
  Index done_ = 0;
  Index total_ = 0;
};

}  // namespace multipruner
