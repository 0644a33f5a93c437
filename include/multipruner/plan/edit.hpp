// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// A block and what it keeps; nothing if it is removed.
struct BlockChoice {
  BlockId block{};
  Choice choice{};

  friend constexpr bool operator==(const BlockChoice&, const BlockChoice&) = default;
};

/// One change of a plan, of a block or of several at once: all of a layer, for instance. Each block stands in it once.
class Edit {
 public:
  Edit() = default;
  Edit(const BlockChoice& change) : changes_{change} {}
  explicit Edit(std::vector<BlockChoice> changes) : changes_(std::move(changes)) {}

  [[nodiscard]] const std::vector<BlockChoice>& changes() const { return changes_; }

  /// The change of the first block. @throws OptionError for an edit that changes nothing.
  [[nodiscard]] const BlockChoice& front() const;

  /// Whether every block that it changes is gone afterwards.
  /// @param blocks  of the model
  [[nodiscard]] bool only_removes(const BlockList& blocks) const;

  /// The blocks that are gone afterwards.
  [[nodiscard]] std::vector<BlockId> removals(const BlockList& blocks) const;

  friend bool operator==(const Edit&, const Edit&) = default;

 private:
  std::vector<BlockChoice> changes_;
};

/// The plan after an edit. @throws OptionError for blocks and choices that the plan does not have.
[[nodiscard]] Plan apply(const Edit& edit, Plan plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/edit.ipp>
#endif
