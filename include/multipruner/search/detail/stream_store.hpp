#pragma once

#include <algorithm>
#include <compare>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include <multipruner/search/detail/prefix_tree.hpp>
#include <multipruner/search/detail/stream_pool.hpp>

namespace multipruner::detail {

/// A residual stream that several owners look at; only a sole owner may change it.
using SharedStream = std::shared_ptr<Matrix<float>>;

/// The residual streams of one part of the windows behind beginnings of plans, kept for later batches under a budget of
/// bytes.
///
/// Where room is short, those go first that no plan of the newest batch begins with, and of equals the one that is
/// recomputed from its nearest kept beginning with the fewest blocks.
class StreamStore {
 public:
  using Node = PrefixTree::Node;

  /// @param pool where memory goes that is not needed any more
  StreamStore(const PrefixTree& tree, StreamPool& pool) : tree_(&tree), pool_(&pool) {}

  /// Tells which beginnings the plans of a new batch have, and what room there is during it.
  void begin_batch(std::span<const PrefixTree::Path> paths, Index budget) {
    ++batch_;
    budget_ = budget;
    for (const PrefixTree::Path& path : paths) {
      for (const Node node : path) {
        if (const auto entry = entries_.find(node); entry != entries_.end()) entry->second.batch = batch_;
      }
    }
    while (bytes_ > budget_) drop(least_valuable());
  }

  /// The stream behind a beginning, or null.
  [[nodiscard]] SharedStream find(Node node) const {
    const auto entry = entries_.find(node);
    return entry == entries_.end() ? nullptr : entry->second.stream;
  }

  /// Whether a stream of the running batch would be kept, now.
  [[nodiscard]] bool wants(Node node, Index bytes) const {
    if (bytes > budget_) return false;
    if (bytes_ + bytes <= budget_) return true;
    return value(least_valuable()) < Value{batch_, blocks_to(node)};
  }

  /// Keeps a stream of the running batch that the store wants.
  void put(Node node, Matrix<float> stream) {
    const Index size = bytes_of(stream);
    while (bytes_ + size > budget_) drop(least_valuable());
    bytes_ += size;
    entries_.insert_or_assign(node, Entry{std::make_shared<Matrix<float>>(std::move(stream)), batch_});
  }

  [[nodiscard]] Index bytes() const { return bytes_; }
  [[nodiscard]] Index count() const { return static_cast<Index>(entries_.size()); }

  [[nodiscard]] static Index bytes_of(const Matrix<float>& stream) {
    return stream.rows() * stream.columns() * static_cast<Index>(sizeof(float));
  }

 private:
  struct Entry {
    SharedStream stream;
    Index batch = 0;  ///< the last one of which a plan began so
  };
  using Entries = std::map<Node, Entry>;

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

  [[nodiscard]] Value value(Entries::const_iterator entry) const {
    return {entry->second.batch, blocks_to(entry->first)};
  }

  [[nodiscard]] Entries::const_iterator least_valuable() const {
    auto least = entries_.begin();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (value(entry) < value(least)) least = entry;
    }
    return least;
  }

  void drop(Entries::const_iterator entry) {
    const SharedStream& stream = entry->second.stream;
    bytes_ -= bytes_of(*stream);
    if (stream.use_count() == 1) pool_->give(std::move(*stream));
    entries_.erase(entry);
  }

  const PrefixTree* tree_;
  StreamPool* pool_;
  Entries entries_;
  Index bytes_ = 0, budget_ = 0, batch_ = 0;
};

}  // namespace multipruner::detail
