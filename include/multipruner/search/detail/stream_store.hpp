// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <compare>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/prefix_tree.hpp>
#include <multipruner/search/detail/stream_engine.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The residual streams of one part of the windows behind beginnings of plans, kept for later batches under a budget of
/// bytes.
///
/// Where room is short, those go first that no plan of the newest batch begins with, and of equals the one that is
/// recomputed from its nearest kept beginning with the fewest blocks.
template <StreamEngine Engine>
class StreamStore {
 public:
  using Node = PrefixTree::Node;
  using Stream = typename Engine::Stream;
  using SharedStream = std::shared_ptr<Stream>;  ///< only a sole owner may change it

  /// @param engine takes back the memory that is not needed any more
  /// @param stream_bytes of every stream
  StreamStore(const PrefixTree& tree, Engine& engine, Index stream_bytes)
      : tree_(&tree), engine_(&engine), stream_bytes_(stream_bytes) {}

  /// Tells which beginnings the plans of a new batch have, and what room there is during it.
  void begin_batch(std::span<const PrefixTree::Path> paths, Index budget) {
    ++batch_;
    budget_ = budget;
    for (const PrefixTree::Path& path : paths) {
      for (const Node node : path) {
        if (const auto entry = entries_.find(node); entry != entries_.end()) entry->second.batch = batch_;
      }
    }
    while (bytes() > budget_) drop(least_valuable());
  }

  /// The stream behind a beginning, or null.
  [[nodiscard]] SharedStream find(Node node) const {
    const auto entry = entries_.find(node);
    return entry == entries_.end() ? nullptr : entry->second.stream;
  }

  /// Whether a stream of the running batch would be kept, now.
  [[nodiscard]] bool wants(Node node) const {
    if (stream_bytes_ > budget_) return false;
    if (bytes() + stream_bytes_ <= budget_) return true;
    return value(least_valuable()) < Value{batch_, blocks_to(node)};
  }

  /// Keeps a stream of the running batch that the store wants.
  void put(Node node, Stream stream) {
    while (bytes() + stream_bytes_ > budget_) drop(least_valuable());
    entries_.insert_or_assign(node, Entry{std::make_shared<Stream>(std::move(stream)), batch_});
  }

  [[nodiscard]] Index bytes() const { return static_cast<Index>(entries_.size()) * stream_bytes_; }

 private:
  struct Entry {
    SharedStream stream;
    Index batch = 0;  ///< the last one of which a plan began so
  };
  using Entries = std::map<Node, Entry>;
  using Iterator = typename Entries::const_iterator;

  struct Value {
    Index batch, blocks;
    friend auto operator<=>(const Value&, const Value&) = default;
  };

  /// How many blocks lead from the nearest kept beginning to a node.
  [[nodiscard]] Index blocks_to(Node node) const {
    Index blocks = 0;
    while (node != PrefixTree::root) {
      ++blocks;
      node = (*tree_)[node].parent;
      if (entries_.contains(node)) break;
    }
    return blocks;
  }

  [[nodiscard]] Value value(Iterator entry) const { return {entry->second.batch, blocks_to(entry->first)}; }

  [[nodiscard]] Iterator least_valuable() const {
    auto least = entries_.begin();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (value(entry) < value(least)) least = entry;
    }
    return least;
  }

  void drop(Iterator entry) {
    const SharedStream& stream = entry->second.stream;
    if (stream.use_count() == 1) engine_->recycle(std::move(*stream));
    entries_.erase(entry);
  }

  const PrefixTree* tree_;
  Engine* engine_;
  Index stream_bytes_;
  Entries entries_;
  Index budget_ = 0, batch_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
