// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/move.hpp>

/// The words of log.json.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How the released MultiPruner code calls the removal of units along an axis: "MLP width", "Attn head"; of axes that
/// it does not know, their own name.
[[nodiscard]] std::string_view reference_name(const AxisInfo& axis);

/// What a move from a plan removes, in the words of the released code: "attn" and "mlp" for blocks, "MLP width", "Attn
/// head".
[[nodiscard]] std::string_view pruning_target(const Move& move, const Plan& before);

/// A choice of a block: "768", or "768/2048" where it has two axes.
[[nodiscard]] std::string width_text(const Choice& choice, const Plan& plan, BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/detail/log_names.ipp>
#endif
