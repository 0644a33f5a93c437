// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/report/detail/log_names.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string_view reference_name(const AxisInfo& axis) {
  if (axis.name == GatedMlp::axes[0].name) return "MLP width";
  if (axis.name == Attention::axes[0].name) return "Attn head";
  return axis.name;
}

MULTIPRUNER_INLINE bool is_target(const Kind& kind, std::string_view name) {
  bool called = name == kind.file_key;
  for (const AxisInfo& axis : kind.axes) called = called || name == reference_name(axis);
  return called;
}

MULTIPRUNER_INLINE std::string pruning_target(const Edit& edit, const Plan& before) {
  std::vector<std::string_view> names;
  for (const auto& [block, choice] : edit.changes()) {
    const Kind& kind = before.blocks()[block].kind();
    std::string_view name = kind.file_key;
    for (std::size_t axis = 0; axis < kind.axes.size() && !kind.is_gone(choice); ++axis) {
      if (choice[axis] != before.choice(block)[axis]) name = reference_name(kind.axes[axis]);
    }
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  std::string target;
  for (const std::string_view name : names) target.append(target.empty() ? "" : "+").append(name);
  return target;
}

MULTIPRUNER_INLINE std::string usual_samples(const Edit& edit, const BlockList& blocks) {
  return edit.only_removes(blocks) ? std::string(block_samples) : std::string(width_samples);
}

MULTIPRUNER_INLINE std::string width_text(const Choice& choice, const Plan& plan, BlockId block) {
  std::string text;
  for (std::size_t axis = 0; axis < plan.blocks()[block].kind().axes.size(); ++axis) {
    text += (axis == 0 ? "" : "/") + std::to_string(choice[axis]);
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
