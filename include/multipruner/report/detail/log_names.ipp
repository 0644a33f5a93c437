// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/report/detail/log_names.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string_view reference_name(const AxisInfo& axis) {
  if (axis.name == GatedMlp::axes[0].name) return "MLP width";
  if (axis.name == Attention::axes[0].name) return "Attn head";
  return axis.name;
}

MULTIPRUNER_INLINE std::string_view pruning_target(const Move& move, const Plan& before) {
  const Kind& kind = before.blocks()[move.block].kind();
  for (std::size_t axis = 0; axis < kind.axes.size() && !kind.is_gone(move.choice); ++axis) {
    if (move.choice[axis] != before.choice(move.block)[axis]) return reference_name(kind.axes[axis]);
  }
  return kind.file_key;
}

MULTIPRUNER_INLINE std::string width_text(const Choice& choice, const Plan& plan, BlockId block) {
  std::string text;
  for (std::size_t axis = 0; axis < plan.blocks()[block].kind().axes.size(); ++axis) {
    text += (axis == 0 ? "" : "/") + std::to_string(choice[axis]);
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
