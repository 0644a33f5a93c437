#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE ModelView::ModelView(const Graph& graph, Plan plan, const NarrowedOutputs* outputs)
    : graph_(&graph), plan_(std::move(plan)), outputs_(outputs) {
  check();
}

MULTIPRUNER_INLINE std::optional<AttentionWeights> ModelView::attention(Index layer) const {
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

MULTIPRUNER_INLINE std::optional<MlpWeights> ModelView::mlp(Index layer) const {
  const Index width = plan_.width({layer, BlockKind::mlp});
  if (width == 0) return std::nullopt;
  MlpWeights m = *graph_->layer(layer).mlp;
  keep_rows(m.gate_proj, m.gate_bias, width);
  keep_rows(m.up_proj, m.up_bias, width);
  m.down_proj = output({layer, BlockKind::mlp}, m.down_proj);
  return m;
}

MULTIPRUNER_INLINE Weights ModelView::weights() const {
  Weights weights = graph_->weights();
  for (Index i = 0; i < config().num_hidden_layers; ++i) {
    weights.layers[static_cast<std::size_t>(i)].attention = attention(i);
    weights.layers[static_cast<std::size_t>(i)].mlp = mlp(i);
  }
  return weights;
}

MULTIPRUNER_INLINE void ModelView::keep_rows(WeightView& matrix, WeightView& bias, Index rows) {
  matrix = matrix.row_range(0, rows);
  if (bias) bias = bias.column_range(0, rows);
}

MULTIPRUNER_INLINE WeightView ModelView::output(BlockId block, const WeightView& whole) const {
  const Index width = plan_.width(block);
  if (outputs_ != nullptr && width < whole.columns) return outputs_->output(block, width);
  return whole.column_range(0, width);
}

MULTIPRUNER_INLINE void ModelView::check() const {
  if (plan_.num_blocks() != config().num_blocks()) {
    throw OptionError("plan",
                      "it is for " + std::to_string(plan_.num_layers()) + " layers, but the model has " +
                          std::to_string(config().num_hidden_layers),
                      "Use a plan that was made for this model");
  }
  for (Index position = 0; position < plan_.num_blocks(); ++position) check(block_at(position));
}

MULTIPRUNER_INLINE void ModelView::check(BlockId block) const {
  const Index width = plan_.width(block);
  const Index unit = config().unit_width(block.kind);
  if (width >= 0 && width <= graph_->width(block) && width % unit == 0) return;
  throw OptionError("plan, " + label_of(block),
                    "width " + std::to_string(width) + " does not fit a block of width " +
                        std::to_string(graph_->width(block)) + " that is divisible in steps of " + std::to_string(unit),
                    "Use a plan that was made for this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
