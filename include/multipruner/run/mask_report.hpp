// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/run/compensation_method.hpp>
#include <multipruner/run/unit_ordering.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The zeros of a model that has a weight mask, and of what was made of it.
struct MaskReport {
  std::vector<LinearZeros> before{};  ///< empty: the model has no mask
  std::vector<LinearZeros> after{};   ///< empty: not known yet
  bool kept = false;                  ///< --keep-zeros

  [[nodiscard]] bool has_mask() const { return !before.empty(); }
};

/// Looks for a mask. Of a model without one only some rows are read.
[[nodiscard]] MaskReport find_mask(const Graph& graph, bool keep);

/// Counts the zeros of what was made of the model, if that has a mask.
void count_zeros_after(MaskReport& report, const ModelView& smaller);

/// "50.00 % of the weights of its linears are zero, in the pattern 2:4"
[[nodiscard]] std::string mask_sentence(const MaskReport& report);

/// What an order and a compensation break of a mask that is not kept; empty where nothing does.
[[nodiscard]] std::string harm_to_mask(const MaskReport& report, const UnitOrdering& ordering,
                                       const CompensationMethod& method);

/// The zeros of each kind of linear before and after, for a terminal or (`markdown`) for a card; empty without a mask.
[[nodiscard]] std::string mask_table(const MaskReport& report, bool markdown);

/// The same for machines.
[[nodiscard]] nlohmann::ordered_json to_json(const MaskReport& report);
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<LinearZeros>& kinds);

/// Makes channels and heads go in multiples of the groups that the N:M patterns of a model's output matrices have.
/// @throws OptionError for groups that were asked for and cut through those.
void align_groups(const Graph& graph, SequentialThresholdOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/mask_report.ipp>
#endif
