// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/last_hidden_states.hpp>
#include <multipruner/policy/detail/merged_layers.hpp>
#include <multipruner/policy/detail/require_blocks_to_keep.hpp>
#include <multipruner/policy/detail/require_unsliced.hpp>
#include <multipruner/policy/laco.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// One run of LaCo.
class LayerCollapse {
 public:
  LayerCollapse(const RunContext& context, const LaCoOptions& options)
      : context_(context), options_(options), unmerged_(context.graph) {
    require_possible();
  }

  [[nodiscard]] PruningResult run() && {
    const TokenWindows* const windows = context_.statistics.windows(1);
    if (windows != nullptr) states_.emplace(context_.graph, *windows, options_.compute, options_.rows_per_pass);
    const ProgressScope scope(context_.progress, "merging layers", 0);
    return options_.threshold ? result_of(scan(*options_.threshold, [&](const PruningStep& step) { tell(step); }))
                              : at_ratio();
  }

 private:
  /// Where a walk down through the model has come to.
  struct Walk {
    MergedLayers model;
    std::vector<PruningStep> steps{};
    std::vector<Index> path{};  ///< for every merge the layer and how many were merged into it
  };

  void require_possible() const {
    const auto require = [](bool fulfilled, const char* option, const std::string& problem, const char* remedy) {
      if (!fulfilled) throw OptionError(option, problem, remedy);
    };
    const LaCoOptions& o = options_;
    require_blocks_to_keep(context_.graph.config(), o.keep);
    require(o.layers_per_merge >= 2, "layers per merge", std::to_string(o.layers_per_merge) + " cannot become one",
            "Merge 2 or more");
    require(o.interval >= 1, "interval of merges", std::to_string(o.interval) + " does not lead down",
            "Give the layers between two merges, 1 or more");
    require(o.lowest_layer >= 0, "lowest layer to merge", std::to_string(o.lowest_layer) + " is no layer",
            "Count layers from 0");
    require(highest() >= 0 && highest() <= unmerged_.count(), "highest layer to merge",
            std::to_string(highest()) + " is not from 0 to the " + std::to_string(unmerged_.count()) +
                " layers of the model",
            "Give at most their number");
    require(first_layer() >= o.lowest_layer, "layers to merge",
            "there are no " + std::to_string(o.layers_per_merge) + " of them from layer " +
                std::to_string(o.lowest_layer) + " to below layer " + std::to_string(highest()),
            "Merge fewer at once, or let the lowest layer be lower");
    require(!o.threshold || (*o.threshold >= -1 && *o.threshold < 1), "similarity threshold",
            std::to_string(o.threshold.value_or(0)) + " is not from -1 to below 1", "Give a cosine, e.g. 0.65");
    if (!o.threshold) require_ratio("ratio", o.ratio);
    require_unsliced(context_.graph.config(), "its stream is sliced: what layers are made of has no common axes",
                     "Merge the model that it was made from");
    require_linear();
    require_alike();
  }

  /// Weights of layers are added up so that what they add to the stream is.
  void require_linear() const {
    for (const BlockSpec& block : context_.graph.config().blocks) {
      if (block.output_scale()) continue;
      throw UnsupportedError(block.label(), "LaCo adds up what layers add to the stream, and this one norms it",
                             "Use another policy");
    }
  }

  void require_alike() const {
    std::optional<Index> first;
    for (Index layer = options_.lowest_layer; layer < unmerged_.count(); ++layer) {
      if (is_kept(unmerged_.blocks(layer).front())) continue;
      if (first) unmerged_.require_alike(layer, *first);
      if (!first) first = layer;
    }
  }

  [[nodiscard]] Index highest() const { return options_.highest_layer.value_or(unmerged_.count() - 1); }
  [[nodiscard]] Index first_layer() const { return highest() - options_.layers_per_merge; }

  [[nodiscard]] double ratio_of(const Plan& plan) const { return pruning_ratio(context_.graph.config(), plan); }

  [[nodiscard]] bool reached(const Plan& plan) const { return !options_.threshold && ratio_of(plan) >= options_.ratio; }

  /// How many of the layers behind one are to be merged into it: no more than the ratio asks for.
  [[nodiscard]] Index followers(const MergedLayers& model, Index layer) const {
    const Index most = std::min(options_.layers_per_merge - 1, model.count() - layer - 1);
    for (Index fewer = 1; fewer < most; ++fewer) {
      if (reached(apply(model.removal_behind(layer, fewer), model.plan()))) return fewer;
    }
    return most;
  }

  /// Whether a layer and those right behind it are none to keep.
  [[nodiscard]] bool may_merge(const MergedLayers& model, Index layer, Index followers) const {
    for (Index i = layer; i <= layer + followers; ++i) {
      if (is_kept(model.blocks(i).front())) return false;
    }
    return true;
  }

  /// Whether a block is of a layer to keep.
  [[nodiscard]] bool is_kept(BlockId block) const {
    const auto layer_of = [&](BlockId of) { return context_.graph.spec(of).layer(); };
    return std::ranges::any_of(options_.keep, [&](BlockId kept) { return layer_of(kept) == layer_of(block); });
  }

  /// Goes down through the model and merges what is similar enough. A merge leaves the layer that it is into, so that
  /// the next one to be tried is always there.
  [[nodiscard]] Walk scan(double threshold, const PruningStepObserver& on_step = {}) {
    Walk walk{unmerged_};
    for (Index layer = first_layer(); layer >= options_.lowest_layer && !reached(walk.model.plan());) {
      const Index merged = followers(walk.model, layer);
      const bool taken = may_merge(walk.model, layer, merged) && similarity(walk, layer, merged) > threshold;
      if (taken) take(walk, layer, merged, on_step);
      layer -= taken ? options_.interval : 1;
    }
    return walk;
  }

  void take(Walk& walk, Index layer, Index followers, const PruningStepObserver& on_step) const {
    constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
    const Edit removal = walk.model.removal_behind(layer, followers);
    walk.model = walk.model.merged(layer, followers, options_.merge);
    walk.path.insert(walk.path.end(), {layer, followers});
    walk.steps.push_back(
        {"merged layers", {.edit = removal, .cost = not_measured, .ratio = ratio_of(walk.model.plan())}});
    if (on_step) on_step(walk.steps.back());
  }

  /// Of the model with one more merge to the unmerged one; measured once.
  [[nodiscard]] double similarity(const Walk& walk, Index layer, Index followers) {
    std::vector<Index> path = walk.path;
    path.insert(path.end(), {layer, followers});
    const auto known = known_.find(path);
    if (known != known_.end()) return known->second;
    const double similarity = measured_similarity(walk, layer, followers);
    describe(walk.model.blocks(layer).front(), similarity);
    known_.emplace(std::move(path), similarity);
    context_.progress.advance(static_cast<Index>(known_.size()));
    return similarity;
  }

  /// In a dry run every merge is taken to leave the model as it was.
  [[nodiscard]] double measured_similarity(const Walk& walk, Index layer, Index followers) {
    static_cast<void>(context_.statistics.windows(1));  // a pass, for those who count
    return states_ ? states_->similarity_to(walk.model.merged(layer, followers, options_.merge).graph()) : 1;
  }

  void describe(BlockId first, double similarity) const {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "layer %lld: similarity %.4f",
                  static_cast<long long>(context_.graph.spec(first).layer()), similarity);
    context_.progress.describe(text.data());
  }

  [[nodiscard]] PruningResult at_ratio() {
    double reaching = -1, failing = 1;
    constexpr double precision = 1e-3;
    Walk best = scan(reaching);
    while (reached(best.model.plan()) && failing - reaching > precision) {
      const double middle = (reaching + failing) / 2;
      Walk walk = scan(middle);
      (reached(walk.model.plan()) ? reaching : failing) = middle;
      if (reaching == middle) best = std::move(walk);
    }
    for (const PruningStep& step : best.steps) tell(step);
    return result_of(std::move(best));
  }

  void tell(const PruningStep& step) const {
    if (context_.on_step) context_.on_step(step);
  }

  [[nodiscard]] PruningResult result_of(Walk walk) const {
    PruningResult result{.plan = walk.model.plan(), .ratio = ratio_of(walk.model.plan())};
    const bool done = options_.threshold ? !walk.steps.empty() : result.ratio >= options_.ratio;
    result.outcome = done ? SearchOutcome::reached : SearchOutcome::no_candidate;
    if (!walk.steps.empty()) result.graph = walk.model.graph();
    result.steps = std::move(walk.steps);
    return result;
  }

  const RunContext& context_;
  const LaCoOptions& options_;
  MergedLayers unmerged_;
  std::optional<LastHiddenStates> states_{};
  std::map<std::vector<Index>, double> known_{};  ///< similarities, by the path of a walk and the next merge
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE PruningResult LaCo::run(const RunContext& context) const {
  return detail::LayerCollapse(context, options_).run();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
