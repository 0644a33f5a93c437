// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/plan/block_view.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// A graph as a plan leaves it: which blocks run, and how wide. Nothing is copied; the tensors of a narrowed block are
/// narrower views of the graph's tensors, or what a BlockSource gives in their place.
///
/// The graph, and the source, must outlive the view.
class ModelView {
 public:
  /// @param source  of narrowed blocks; null: the first rows and columns of the graph's own.
  /// @throws OptionError if the plan is for another model, wider than the graph, or cuts through a unit.
  ModelView(const Graph& graph, Plan plan, const BlockSource* source = nullptr);

  /// The graph as it is.
  explicit ModelView(const Graph& graph) : ModelView(graph, Plan(graph)) {}

  ModelView(const Graph&&, Plan, const BlockSource* = nullptr) = delete;  // the view would outlive its graph
  explicit ModelView(const Graph&&) = delete;

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const BlockSource* source() const { return source_; }
  [[nodiscard]] const ModelConfig& config() const { return graph_->config(); }

  /// What the plan leaves of a block. @throws OptionError for a block that the model does not have.
  [[nodiscard]] BlockView block(BlockId block) const;

  /// All tensors that are left, as views of the graph's memory.
  [[nodiscard]] Weights weights() const;

 private:
  void check() const;

  const Graph* graph_;
  Plan plan_;
  const BlockSource* source_ = nullptr;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/model_view.ipp>
#endif
