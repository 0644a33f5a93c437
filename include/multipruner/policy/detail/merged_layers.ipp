// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/merged_layers.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Keeps the weights of a model alive of which some layers were merged.
struct MergedMemory final : WeightMemory {
  void release(const WeightView& weight) const noexcept override {
    if (unmerged) unmerged->release(weight);
    for (const auto& store : merged) store->release(weight);
  }

  std::shared_ptr<const WeightMemory> unmerged{};
  std::vector<std::shared_ptr<const WeightStore>> merged{};
};

/// Whether a tensor is of a linear: its matrix or its bias. Norms are not merged.
inline bool is_of_linear(const Slot& slot) {
  return slot.linear || slot.output || (slot.columns == Extent::axis && !slot.optional);
}

/// w_0 + Σ_j (w_j − w_0), summed in double in that order, in the scalar type of the first.
inline WeightView sum_of_differences(WeightStore& store, const std::vector<WeightView>& weights) {
  const WeightView& first = weights.front();
  return store.fill(first.rows, first.columns, first.dtype, [&](Index row, std::byte* target) {
    const Index columns = first.columns;
    const AlignedBuffer<float> base(columns), other(columns);
    simd::to_float(first.row_range(row, 1), {base.data(), 1, columns});
    std::vector<double> sums(base.data(), base.data() + columns);
    for (auto weight = std::next(weights.begin()); weight != weights.end(); ++weight) {
      simd::to_float(weight->row_range(row, 1), {other.data(), 1, columns});
      for (Index i = 0; i < columns; ++i) {
        sums[static_cast<std::size_t>(i)] += static_cast<double>(other.data()[i]) - static_cast<double>(base.data()[i]);
      }
    }
    std::ranges::transform(sums, base.data(), [](double sum) { return static_cast<float>(sum); });
    simd::from_float(base.span(), first.dtype, target);
  });
}

MULTIPRUNER_INLINE MergedLayers::MergedLayers(const Graph& graph)
    : graph_(&graph), weights_(graph.weights()), plan_(graph) {
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    if (!graph.has(block)) continue;
    const bool is_first =
        layers_.empty() || graph.spec(layers_.back().blocks.front()).layer() != graph.spec(block).layer();
    if (is_first) layers_.emplace_back();
    layers_.back().blocks.push_back(block);
  }
}

MULTIPRUNER_INLINE void MergedLayers::require_alike(Index layer, Index other) const {
  const auto refuse = [&](BlockId block, const std::string& differs_from) {
    throw OptionError("merging of layers, " + graph_->label(block),
                      "it is not of the same kind and width as " + differs_from,
                      "Merge layers before blocks go or become narrower, or keep the layers that differ");
  };
  const std::vector<BlockId>&mine = blocks(layer), &others = blocks(other);
  if (mine.size() != others.size()) {
    refuse(mine.front(), "the blocks of layer " + std::to_string(graph_->spec(others.front()).layer()));
  }
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const Kind& kind = graph_->spec(mine[i]).kind();
    bool alike = &kind == &graph_->spec(others[i]).kind();
    for (std::size_t axis = 0; alike && axis < kind.axes.size(); ++axis) {
      alike = graph_->unit_width({mine[i], axis}) == graph_->unit_width({others[i], axis});
    }
    for (std::size_t slot = 0; alike && slot < kind.slots.size(); ++slot) {
      const WeightView &a = weights_[mine[i]][slot], &b = weights_[others[i]][slot];
      alike = !is_of_linear(kind.slots[slot]) || (a.rows == b.rows && a.columns == b.columns);
    }
    if (!alike) refuse(mine[i], graph_->label(others[i]));
  }
}

MULTIPRUNER_INLINE Edit MergedLayers::removal_behind(Index layer, Index followers) const {
  std::vector<BlockChoice> gone;
  for (Index behind = layer + 1; behind <= layer + followers; ++behind) {
    for (const BlockId block : blocks(behind)) gone.push_back({block, {}});
  }
  return Edit(std::move(gone));
}

MULTIPRUNER_INLINE MergedLayers MergedLayers::merged(Index layer, Index followers, LaCoMerge merge) const {
  MergedLayers result = *this;
  const auto first = result.layers_.begin() + layer, last = first + followers;
  const auto store = std::make_shared<WeightStore>();
  for (std::size_t i = 0; i < first->blocks.size(); ++i) {
    const std::span<const Slot> slots = graph_->spec(first->blocks[i]).kind().slots;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!is_of_linear(slots[slot]) || !weights_[first->blocks[i]][slot]) continue;
      result.weights_[first->blocks[i]][slot] = merge == LaCoMerge::last_layer
                                                    ? weights_[last->blocks[i]][slot]
                                                    : merged_weight(layer, followers, i, slot, *store);
    }
  }
  const Edit removal = removal_behind(layer, followers);
  for (const BlockChoice& gone : removal.changes()) {
    const std::span<const Slot> slots = graph_->spec(gone.block).kind().slots;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot].stays) result.weights_[gone.block][slot] = {};
    }
  }
  result.plan_ = apply(removal, std::move(result.plan_));
  first->merged = merge == LaCoMerge::last_layer ? last->merged : store;
  result.layers_.erase(std::next(first), std::next(last));
  return result;
}

MULTIPRUNER_INLINE WeightView MergedLayers::merged_weight(Index layer, Index followers, std::size_t block,
                                                          std::size_t slot, WeightStore& store) const {
  std::vector<WeightView> weights;
  for (Index i = layer; i <= layer + followers; ++i) weights.push_back(weights_[blocks(i)[block]][slot]);
  return sum_of_differences(store, weights);
}

MULTIPRUNER_INLINE Graph MergedLayers::graph() const {
  auto memory = std::make_shared<MergedMemory>();
  memory->unmerged = graph_->storage();
  for (const Layer& layer : layers_) {
    if (layer.merged) memory->merged.push_back(layer.merged);
  }
  return {graph_->config(), weights_, std::move(memory), graph_->origin()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
