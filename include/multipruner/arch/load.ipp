// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <multipruner/arch/load.hpp>
#include <multipruner/arch/quantization.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/graph/tensor_parts.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Fills the weights of one model from a checkpoint and keeps account of which tensors were used.
class WeightLoader {
 public:
  /// @param pruning  what the checkpoint lacks of the model
  WeightLoader(const ArchitectureFunctions& architecture, ModelConfig config, const ModelSource& source,
               const std::optional<PruningConfig>& pruning, const LoadOptions& options)
      : architecture_(architecture),
        config_(std::move(config)),
        source_(source),
        has_pruning_(pruning.has_value()),
        options_(options) {
    if (pruning) {
      read(*pruning);
    } else {
      plan_ = Plan(config_);
    }
  }

  Graph load() {
    Weights weights(config_);
    for_each_place_to_load([&](const TensorPlace& place, bool required) {
      WeightView& view = place.block.position < 0 ? weights.ends[place.slot_index]
                         : place.slot == &shortcut_slot
                             ? weights.shortcuts[static_cast<std::size_t>(place.block.position)]
                             : weights[place.block][place.slot_index];
      view = place.slot->computed ? take_or_compute(place) : required ? take(place) : take_if_present(place);
    });
    WeightView& head = weights.ends[Ends::lm_head];
    if (config_.tie_word_embeddings) head = weights.ends[Ends::embed_tokens];
    refuse_unknown_tensors();
    if (options_.on_warning) warn_of_own_head(weights.ends[Ends::embed_tokens]);
    return {config_, std::move(weights), storage(),
            Origin{source_.directory(), architecture_.tensor_name, removal_order_, architecture_.is_transposed,
                   source_.files()}};
  }

 private:
  /// @throws DataError for a plan, or a stream, that the model cannot have.
  void read(const PruningConfig& pruning) {
    try {
      if (pruning.stream) config_ = with_stream(std::move(config_), *pruning.stream);
      plan_ = to_plan(config_, pruning);
      removal_order_ = removal_order_of(config_, pruning);
    } catch (const OptionError& error) {
      throw DataError(source_.label() + ": pruning_config.json", error.where() + ": " + error.problem(),
                      "Use the pruning_config.json that belongs to the model");
    }
  }

  /// Calls f(place, required) for every tensor that the checkpoint has, or may have: what stays of blocks that are
  /// gone.
  template <class F>
  void for_each_place_to_load(F&& f) const {
    for (std::size_t slot = 0; slot < Ends::slots.size(); ++slot) {
      if (Ends::shape(config_, slot)) f(TensorPlace{Ends::slots[slot].role, -1, {-1}, &Ends::slots[slot], slot}, true);
    }
    for (Index position = 0; position < config_.num_blocks(); ++position) {
      const BlockSpec& block = config_.blocks[{position}];
      const std::span<const Slot> slots = block.kind().slots;
      const Choice& choice = plan_.choice({position});
      for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        if (!block.shape(slot, choice)) continue;
        f(TensorPlace{slots[slot].role, block.layer(), {position}, &slots[slot], slot}, !plan_.removed({position}));
      }
      if (block.has_shortcut()) {
        f(TensorPlace{block.kind().shortcut_role, block.layer(), {position}, &shortcut_slot, slots.size()}, true);
      }
    }
  }

  WeightView take(const TensorPlace& place) {
    const std::string name = architecture_.tensor_name(place.role, place.layer);
    const StoredTensor tensor = source_.get(name);
    used_.insert(name);
    const bool of_kind = place.block.position >= 0 && place.slot != &shortcut_slot;
    const WeightView part = of_kind ? take_part(place, name, tensor.view) : tensor.view;
    return is_transposed(place) ? transposed(part) : part;
  }

  [[nodiscard]] bool is_transposed(const TensorPlace& place) const {
    return place.slot->is_matrix() && architecture_.is_transposed(place.role);
  }

  WeightView transposed(const WeightView& stored) {
    const WeightView copy = copies().transposed(stored);
    if (options_.release_memory) copies_->shared->release(stored);
    return copy;
  }

  WeightStore& copies() {
    if (!copies_) copies_ = std::make_shared<DerivedWeights>(source_.storage(options_.release_memory));
    return copies_->copies;
  }

  /// What keeps the weights alive.
  [[nodiscard]] std::shared_ptr<const WeightMemory> storage() const {
    return copies_ ? copies_ : source_.storage(options_.release_memory);
  }

  WeightView take_if_present(const TensorPlace& place) {
    const bool there = source_.info(architecture_.tensor_name(place.role, place.layer)) != nullptr;
    return there ? take(place) : WeightView{};
  }

  /// What the kind computes, unless the checkpoint has it: then units were reordered.
  WeightView take_or_compute(const TensorPlace& place) {
    if (source_.info(architecture_.tensor_name(place.role, place.layer)) != nullptr) return take(place);
    const BlockSpec& block = config_.blocks[place.block];
    const std::vector<float> values = block.kind().computed(block.spec(), place.slot_index);
    const TensorShape shape = block.shape(place.slot_index, plan_.choice(place.block)).value();
    return copies().copy(WeightView(values.data(), shape.rows, shape.columns));
  }

  /// The rows of a slot in a tensor that it may share with others, or its columns where that is transposed. Widths that
  /// pruning changes must be those of pruning_config.json, or the full ones without it; all other extents are checked
  /// by the graph.
  [[nodiscard]] WeightView take_part(const TensorPlace& place, const std::string& name, const WeightView& view) const {
    const TensorPart part =
        part_of(config_.blocks[place.block], place.slot_index, plan_.choice(place.block), architecture_.tensor_name);
    if (part.is_whole() && place.slot->rows != Extent::axis) return view;
    const bool by_rows = place.slot->is_matrix() && !is_transposed(place);
    const Index extent = by_rows ? view.rows : view.columns;
    if (extent == part.total) {
      return by_rows ? view.row_range(part.first, part.count) : view.column_range(part.first, part.count);
    }
    throw DataError(source_.label() + ": " + name,
                    "it has " + std::to_string(extent) +
                        (by_rows                   ? " rows"
                         : place.slot->is_matrix() ? " columns"
                                                   : " entries") +
                        ", but " + (has_pruning_ ? "pruning_config.json" : "config.json") + " asks for " +
                        std::to_string(part.total),
                    "Check that the files of this folder belong together");
  }

  void refuse_unknown_tensors() const {
    for (const std::string& name : source_.names()) {
      const bool tied_head =
          config_.tie_word_embeddings && name == architecture_.tensor_name(Ends::slots[Ends::lm_head].role, -1);
      const bool rotary_buffer = name.ends_with("rotary_emb.inv_freq");  // written by old versions of transformers
      if (used_.contains(name) || tied_head || rotary_buffer) continue;
      throw DataError(source_.label() + ": " + name,
                      "a model of type \"" + config_.model_type + "\" with this config.json" +
                          (has_pruning_ ? " and this pruning_config.json" : "") + " has no such tensor",
                      "Check that the files of this folder belong together");
    }
  }

  /// A head beside a tied embedding is not used, as in transformers; it makes no difference where both are the same.
  void warn_of_own_head(const WeightView& embedding) const {
    const std::string name = architecture_.tensor_name(Ends::slots[Ends::lm_head].role, -1);
    const TensorInfo* head = source_.info(name);
    if (!config_.tie_word_embeddings || head == nullptr) return;
    if (head->dtype && same_bytes(source_.get(name).view, embedding)) return;
    options_.on_warning({source_.label() + ": " + name,
                         "it differs from the embedding, and is not used, because config.json has "
                         "tie_word_embeddings true",
                         "If the model was trained with it, set tie_word_embeddings to false in config.json"});
  }

  /// Stops at the first difference. Reads both to the end only where there is none.
  [[nodiscard]] bool same_bytes(const WeightView& a, const WeightView& b) const {
    if (a.dtype != b.dtype || a.rows != b.rows || a.columns != b.columns) return false;
    const auto left = a.memory(), right = b.memory();
    const bool same = std::memcmp(left.data(), right.data(), left.size()) == 0;
    if (options_.release_memory) source_.storage(true)->release(a);
    return same;
  }

  const ArchitectureFunctions& architecture_;
  ModelConfig config_;
  const ModelSource& source_;
  Plan plan_;  ///< what the checkpoint has
  bool has_pruning_;
  std::vector<BlockId> removal_order_{};
  LoadOptions options_;
  std::set<std::string> used_;
  std::shared_ptr<DerivedWeights> copies_{};  ///< of what lies transposed or is computed, if anything is
};

inline Graph load_as(const ArchitectureFunctions& architecture, const ModelSource& source, const LoadOptions& options) {
  refuse_quantized(source.config());
  ModelConfig model = architecture.configure(source.config());
  model.generation_eos_token_ids = source.generation_eos_token_ids();
  const std::optional<PruningConfig> pruning = source.pruning(model);
  refuse_quantized(source);
  return WeightLoader(architecture, std::move(model), source, pruning, options).load();
}

MULTIPRUNER_INLINE std::unique_ptr<ModelSource> open_model(const std::filesystem::path& path,
                                                           const GgufModelOptions& gguf) {
  if (const auto file = find_gguf(path)) return std::make_unique<GgufModel>(*file, gguf);
  return std::make_unique<HuggingFaceFolder>(path);
}

MULTIPRUNER_INLINE const ArchitectureFunctions& architecture_of(std::span<const ArchitectureFunctions> architectures,
                                                                const JsonReader& config) {
  const auto model_type = config.require<std::string>("model_type");
  std::string known;
  for (const ArchitectureFunctions& architecture : architectures) {
    if (model_type == architecture.model_type) return architecture;
    known += (known.empty() ? "" : ", ") + std::string(architecture.model_type);
  }
  throw UnsupportedError(config.where("model_type"), "the architecture \"" + model_type + "\" is not supported",
                         "Use a model of one of these types: " + known);
}

MULTIPRUNER_INLINE Graph load_one_of(std::span<const ArchitectureFunctions> architectures, const ModelSource& source,
                                     const LoadOptions& options) {
  return load_as(architecture_of(architectures, source.config()), source, options);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
