// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/edit.hpp>

/// The words of log.json.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How the released MultiPruner code calls the removal of units along an axis: "MLP width", "Attn head"; of axes that
/// it does not know, their own name.
[[nodiscard]] std::string_view reference_name(const AxisInfo& axis);

/// Whether steps call blocks of a kind so: by its key in files, or by what the released code calls the removal of units
/// along one of its axes.
[[nodiscard]] bool is_target(const Kind& kind, std::string_view name);

/// What an edit of a plan removes, in the words of the released code: "attn" and "mlp" for blocks, "MLP width", "Attn
/// head"; of several blocks each once, with + between, "attn+mlp".
[[nodiscard]] std::string pruning_target(const Edit& edit, const Plan& before);

/// The windows on which an edit is judged unless a log says something else: removals of blocks on those for blocks.
[[nodiscard]] std::string usual_samples(const Edit& edit, const BlockList& blocks);

/// A choice of a block: "768", or "768/2048" where it has two axes.
[[nodiscard]] std::string width_text(const Choice& choice, const Plan& plan, BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/detail/log_names.ipp>
#endif
