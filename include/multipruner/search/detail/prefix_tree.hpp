// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The beginnings of plans, each once: a node is a list of blocks that run, at their widths. The residual stream behind
/// its last block is the same for every plan that begins so. Removed blocks do nothing and are no part of it.
class PrefixTree {
 public:
  using Node = Index;
  using Path = std::vector<Node>;

  static constexpr Node root = 0;  ///< no block at all: the embedding

  struct Step {
    Node parent = root;
    Index position = -1;  ///< of the last block
    Choice choice{};      ///< of the last block
  };

  PrefixTree() : steps_(1) {}

  /// The root and the beginnings of a plan, the plan itself at the end.
  [[nodiscard]] Path path(const Plan& plan);

  [[nodiscard]] const Step& operator[](Node node) const { return steps_[static_cast<std::size_t>(node)]; }

 private:
  [[nodiscard]] Node child(Node parent, Index position, const Choice& choice);

  std::vector<Step> steps_;
  std::map<std::tuple<Node, Index, Choice>, Node> children_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/prefix_tree.ipp>
#endif
