#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/narrowed_outputs.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// A graph as a plan leaves it: which blocks run, and how wide. Nothing is copied; the tensors of a narrowed block are
/// narrower views of the graph's tensors. Output matrices of narrowed blocks may come from elsewhere.
///
/// The graph, and where the output matrices come from, must outlive the view.
class ModelView {
 public:
  /// @param outputs  of narrowed blocks; null: the first columns of the graph's own.
  /// @throws OptionError if the plan is for another model, wider than the graph, or cuts through a key/value group.
  ModelView(const Graph& graph, Plan plan, const NarrowedOutputs* outputs = nullptr);

  /// The graph as it is.
  explicit ModelView(const Graph& graph) : ModelView(graph, Plan(graph)) {}

  ModelView(const Graph&&, Plan, const NarrowedOutputs* = nullptr) = delete;  // the view would outlive its graph
  explicit ModelView(const Graph&&) = delete;

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const NarrowedOutputs* outputs() const { return outputs_; }
  [[nodiscard]] const ModelConfig& config() const { return graph_->config(); }

  /// The first `plan().width` channels of a layer's attention, or nothing if that block is removed.
  [[nodiscard]] std::optional<AttentionWeights> attention(Index layer) const;

  /// The first `plan().width` channels of a layer's MLP, or nothing if that block is removed.
  [[nodiscard]] std::optional<MlpWeights> mlp(Index layer) const;

  /// All tensors that are left, as views of the graph's memory.
  [[nodiscard]] Weights weights() const;

 private:
  static void keep_rows(WeightView& matrix, WeightView& bias, Index rows);

  [[nodiscard]] WeightView output(BlockId block, const WeightView& whole) const;

  void check() const;

  void check(BlockId block) const;

  const Graph* graph_;
  Plan plan_;
  const NarrowedOutputs* outputs_ = nullptr;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/model_view.ipp>
#endif
