// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/stream_store.hpp>
#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A plan on its way through the model. Both members are owned by somebody else.
struct PlanRun {
  const ModelView* view = nullptr;
  const PrefixTree::Path* path = nullptr;
};

/// One pass over the model for several plans and one part of the windows.
///
/// Block by block in the order of the model, every block is applied to the streams of all beginnings that need it, so
/// that its weights are read once; a beginning that plans have in common is computed once; and what the store still has
/// is not computed at all.
template <StreamEngine Engine>
class PrefixPass {
 public:
  PrefixPass(const PrefixTree& tree, StreamStore<Engine>& store, Engine& engine, EvaluatorStatistics& statistics)
      : tree_(tree), store_(store), engine_(engine), statistics_(statistics) {}

  /// Calls at_end(plan, stream) with the index and the final residual stream of every plan, and on_block(done, total)
  /// after every block.
  template <class AtEnd, class OnBlock>
  void run(const std::vector<PlanRun>& plans, const WindowRange& windows, AtEnd&& at_end, OnBlock&& on_block) {
    windows_ = windows;
    for (std::size_t plan = 0; plan < plans.size(); ++plan) require(plans[plan], plan);
    const std::vector<Node> nodes = in_order();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const Node node = nodes[i];
      Beginning& beginning = beginnings_.at(node);
      if (!beginning.kept) beginning.stream = compute(node, *beginning.view);
      for (const std::size_t plan : beginning.plans) at_end(plan, stream_of(beginning));
      if (beginning.children == 0) engine_.recycle(std::move(beginning.stream));
      if (leaves_block(nodes, i)) engine_.leave_block(beginning.view->graph(), tree_[node].position);
      on_block(static_cast<Index>(i) + 1, static_cast<Index>(nodes.size()));
    }
  }

 private:
  using Node = PrefixTree::Node;
  using Stream = typename Engine::Stream;

  /// A node that the pass comes to.
  struct Beginning {
    const ModelView* view = nullptr;
    std::shared_ptr<Stream> kept;    ///< the stream, if the store had it …
    Stream stream;                   ///< … or else computed here
    Index children = 0;              ///< that still need the stream
    std::vector<std::size_t> plans;  ///< that end here
  };

  static const Stream& stream_of(const Beginning& beginning) {
    return beginning.kept ? *beginning.kept : beginning.stream;
  }

  /// Marks what is needed for a plan: its beginnings from the end back to one that is needed anyway or kept.
  void require(const PlanRun& plan, std::size_t index) {
    const PrefixTree::Path& path = *plan.path;
    statistics_.blocks_saved_by_sharing += windows_.count * (static_cast<Index>(path.size()) - 1);
    bool needed = true;
    for (std::size_t i = path.size(); i-- > 0;) {
      const bool is_new = met_.insert(path[i]).second;
      if (is_new && path[i] != PrefixTree::root) {
        statistics_.blocks_saved_by_sharing -= windows_.count;
        statistics_.blocks_saved_by_reuse += windows_.count;
      }
      if (!needed) continue;
      const auto [entry, first_need] = beginnings_.try_emplace(path[i]);
      Beginning& beginning = entry->second;
      if (first_need) {
        beginning.view = plan.view;
        beginning.kept = store_.find(path[i]);
      }
      if (i + 1 == path.size()) {
        beginning.plans.push_back(index);
      } else {
        ++beginning.children;
      }
      needed = first_need && !beginning.kept;
    }
  }

  [[nodiscard]] std::vector<Node> in_order() const {
    std::vector<Node> nodes;
    for (const auto& [node, beginning] : beginnings_) nodes.push_back(node);
    std::ranges::stable_sort(nodes, {}, [&](Node node) { return tree_[node].position; });
    return nodes;
  }

  /// Whether a node is the last one of its block.
  [[nodiscard]] bool leaves_block(const std::vector<Node>& nodes, std::size_t i) const {
    const Index position = tree_[nodes[i]].position;
    return position >= 0 && (i + 1 == nodes.size() || tree_[nodes[i + 1]].position != position);
  }

  [[nodiscard]] Stream compute(Node node, const ModelView& view) {
    if (node == PrefixTree::root) return engine_.embed(view.graph(), windows_);
    const auto& [parent, position, choice] = tree_[node];
    Stream stream = take(parent);
    engine_.run_block(view, position, windows_, stream);
    statistics_.blocks_run += windows_.count;
    statistics_.blocks_saved_by_reuse -= windows_.count;
    count_weights(view, position);
    return stream;
  }

  /// The stream of a node, to be changed: itself if nobody needs it any more, or else a copy.
  [[nodiscard]] Stream take(Node node) {
    Beginning& beginning = beginnings_.at(node);
    const bool last = --beginning.children == 0;
    if (beginning.kept || !last) return engine_.copy(stream_of(beginning));
    if (!store_.wants(node)) return std::move(beginning.stream);
    Stream copy = engine_.copy(beginning.stream);
    store_.put(node, std::move(beginning.stream));
    return copy;
  }

  /// Blocks that follow each other at one position share what is read of the weights.
  void count_weights(const ModelView& view, Index position) {
    if (position != last_position_) last_bytes_ = 0;
    last_position_ = position;
    const Index bytes = bytes_of_block(view, position);
    if (bytes <= last_bytes_) return;
    statistics_.weight_bytes += bytes - last_bytes_;
    last_bytes_ = bytes;
  }

  static Index bytes_of_block(const ModelView& view, Index position) {
    const BlockView block = view.block({position});
    Index sum = 0;
    for (std::size_t slot = 0; slot < block.tensors.size(); ++slot) {
      if (block.spec->kind().slots[slot].linear) sum += block[slot].size() * size_of(block[slot].dtype);
    }
    return sum + (block.shortcut ? block.shortcut.size() * size_of(block.shortcut.dtype) : 0);
  }

  const PrefixTree& tree_;
  StreamStore<Engine>& store_;
  Engine& engine_;
  EvaluatorStatistics& statistics_;
  WindowRange windows_;
  std::map<Node, Beginning> beginnings_;
  std::set<Node> met_;
  Index last_position_ = -1, last_bytes_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
