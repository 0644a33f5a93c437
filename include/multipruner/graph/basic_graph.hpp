// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A block of a kind that is known at compile time: its spec and its tensors by their names, block[K::q_proj].
template <ResidualBlock K>
struct TypedBlock {
  using Kind = K;

  BlockId id;
  const BlockSpec& block;
  const typename K::Spec& spec;
  const Choice& present;  ///< what is left of it
  const Tensors& tensors;

  [[nodiscard]] const WeightView& operator[](typename K::Tensor slot) const { return tensors[slot]; }
};

/// A graph whose blocks are all of the kinds that it names: the typed face of Graph, which it is and to which it adds
/// no members. Every function that takes a Graph takes it.
template <ResidualBlock... Kinds>
class BasicGraph : public Graph {
 public:
  class Builder;

  /// @throws UnsupportedError for a graph with a block of another kind.
  explicit BasicGraph(Graph graph) : Graph(std::move(graph)) {
    for (const BlockSpec& block : config().blocks) {
      if ((block.template is<Kinds>() || ...)) continue;
      throw UnsupportedError(block.label(),
                             "its kind, " + std::string(block.kind().name) + ", is not one of those asked for",
                             "Name this kind, too");
    }
  }

  /// Calls f with the block as a TypedBlock<K> of its kind, and returns what f returns, which has one type for all
  /// kinds.
  /// @throws OptionError for a block that the model does not have.
  template <class F>
  decltype(auto) visit(BlockId block, F&& f) const {
    return visit_as<F, Kinds...>(block, std::forward<F>(f));
  }

 private:
  template <class F, ResidualBlock K, ResidualBlock... Others>
  decltype(auto) visit_as(BlockId block, F&& f) const {
    if constexpr (sizeof...(Others) > 0) {
      if (!spec(block).template is<K>()) return visit_as<F, Others...>(block, std::forward<F>(f));
    }
    return std::forward<F>(f)(
        TypedBlock<K>{block, spec(block), *spec(block).template as<K>(), present(block), tensors(block)});
  }
};

/// Makes a graph block by block.
template <ResidualBlock... Kinds>
class BasicGraph<Kinds...>::Builder {
 public:
  /// @param config  all but the blocks
  explicit Builder(ModelConfig config) : config_(std::move(config)) {}

  /// A block behind those that are there. It reads the stream as they leave it.
  /// @param tensors  by the slots of K
  /// @throws DataError for sizes that cannot be.
  template <ResidualBlock K>
  requires(std::same_as<K, Kinds> || ...) Builder& append(typename K::Spec spec, Index layer, Tensors tensors) {
    const Index stream = blocks_.empty() ? config_.hidden_size : blocks_.back().stream_out();
    return append<K>(std::move(spec), layer, std::move(tensors), stream, {});
  }

  /// The same of a block that writes a stream of another width, or around which the stream goes through a matrix.
  /// @param shortcut  stream_out × the stream that the block reads
  template <ResidualBlock K>
  requires(std::same_as<K, Kinds> || ...) Builder& append(typename K::Spec spec, Index layer, Tensors tensors,
                                                          Index stream_out, const WeightView& shortcut) {
    const Index stream_in = blocks_.empty() ? config_.hidden_size : blocks_.back().stream_out();
    const BlockSpec block = BlockSpec::of<K>(std::move(spec), layer, stream_in, stream_out);
    blocks_.push_back(shortcut ? block.with_shortcut() : block);
    tensors_.push_back(std::move(tensors));
    shortcuts_.push_back(shortcut);
    return *this;
  }

  /// @param ends  by the slots of Ends
  /// @throws DataError as Graph.
  [[nodiscard]] BasicGraph build(Tensors ends, std::shared_ptr<const WeightMemory> storage = {},
                                 Origin origin = {}) && {
    config_.blocks = BlockList(std::move(blocks_));
    Weights weights;
    weights.ends = std::move(ends);
    weights.blocks = std::move(tensors_);
    weights.shortcuts = std::move(shortcuts_);
    return BasicGraph(Graph(std::move(config_), std::move(weights), std::move(storage), std::move(origin)));
  }

 private:
  ModelConfig config_;
  std::vector<BlockSpec> blocks_;
  std::vector<Tensors> tensors_;
  Tensors shortcuts_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
