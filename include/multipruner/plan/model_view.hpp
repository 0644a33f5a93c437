#pragma once

#include <optional>
#include <string>
#include <utility>

#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/narrowed_outputs.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner {

/// A graph as a plan leaves it: which blocks run, and how wide. Nothing is copied; the tensors of a narrowed block are
/// narrower views of the graph's tensors. Output matrices of narrowed blocks may come from elsewhere.
///
/// The graph, and where the output matrices come from, must outlive the view.
class ModelView {
 public:
  /// @param outputs  of narrowed blocks; null: the first columns of the graph's own.
  /// @throws OptionError if the plan is for another model, wider than the graph, or cuts through a key/value group.
  ModelView(const Graph& graph, Plan plan, const NarrowedOutputs* outputs = nullptr)
      : graph_(&graph), plan_(std::move(plan)), outputs_(outputs) {
    check();
  }

  /// The graph as it is.
  explicit ModelView(const Graph& graph) : ModelView(graph, Plan(graph)) {}

  ModelView(const Graph&&, Plan, const NarrowedOutputs* = nullptr) = delete;  // the view would outlive its graph
  explicit ModelView(const Graph&&) = delete;

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const NarrowedOutputs* outputs() const { return outputs_; }
  [[nodiscard]] const ModelConfig& config() const { return graph_->config(); }

  /// The first `plan().width` channels of a layer's attention, or nothing if that block is removed.
  [[nodiscard]] std::optional<AttentionWeights> attention(Index layer) const {
    const Index width = plan_.width({layer, BlockKind::attention});
    if (width == 0) return std::nullopt;
    const Index kv_width = width / config().heads_per_group();
    AttentionWeights a = *graph_->layer(layer).attention;
    keep_rows(a.q_proj, a.q_bias, width);
    keep_rows(a.k_proj, a.k_bias, kv_width);
    keep_rows(a.v_proj, a.v_bias, kv_width);
    a.o_proj = output({layer, BlockKind::attention}, a.o_proj);
    return a;
  }

  /// The first `plan().width` channels of a layer's MLP, or nothing if that block is removed.
  [[nodiscard]] std::optional<MlpWeights> mlp(Index layer) const {
    const Index width = plan_.width({layer, BlockKind::mlp});
    if (width == 0) return std::nullopt;
    MlpWeights m = *graph_->layer(layer).mlp;
    keep_rows(m.gate_proj, m.gate_bias, width);
    keep_rows(m.up_proj, m.up_bias, width);
    m.down_proj = output({layer, BlockKind::mlp}, m.down_proj);
    return m;
  }

  /// All tensors that are left, as views of the graph's memory.
  [[nodiscard]] Weights weights() const {
    Weights weights = graph_->weights();
    for (Index i = 0; i < config().num_hidden_layers; ++i) {
      weights.layers[static_cast<std::size_t>(i)].attention = attention(i);
      weights.layers[static_cast<std::size_t>(i)].mlp = mlp(i);
    }
    return weights;
  }

 private:
  static void keep_rows(WeightView& matrix, WeightView& bias, Index rows) {
    matrix = matrix.row_range(0, rows);
    if (bias) bias = bias.column_range(0, rows);
  }

  [[nodiscard]] WeightView output(BlockId block, const WeightView& whole) const {
    const Index width = plan_.width(block);
    if (outputs_ != nullptr && width < whole.columns) return outputs_->output(block, width);
    return whole.column_range(0, width);
  }

  void check() const {
    if (plan_.num_blocks() != config().num_blocks()) {
      throw OptionError("plan",
                        "it is for " + std::to_string(plan_.num_layers()) + " layers, but the model has " +
                            std::to_string(config().num_hidden_layers),
                        "Use a plan that was made for this model");
    }
    for (Index position = 0; position < plan_.num_blocks(); ++position) check(block_at(position));
  }

  void check(BlockId block) const {
    const Index width = plan_.width(block);
    const Index unit = config().unit_width(block.kind);
    if (width >= 0 && width <= graph_->width(block) && width % unit == 0) return;
    throw OptionError("plan, " + label_of(block),
                      "width " + std::to_string(width) + " does not fit a block of width " +
                          std::to_string(graph_->width(block)) + " that is divisible in steps of " +
                          std::to_string(unit),
                      "Use a plan that was made for this model");
  }

  const Graph* graph_;
  Plan plan_;
  const NarrowedOutputs* outputs_ = nullptr;
};

}  // namespace multipruner
