// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/mask_report.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The pattern of all kinds of linears, if it is one.
[[nodiscard]] inline std::optional<NOfM> common_pattern(const std::vector<LinearZeros>& kinds) {
  const bool common =
      std::ranges::all_of(kinds, [&](const LinearZeros& kind) { return kind.pattern == kinds.front().pattern; });
  return common ? kinds.front().pattern : std::nullopt;
}

[[nodiscard]] inline LinearZeros sum_of(const std::vector<LinearZeros>& kinds) {
  LinearZeros all;
  for (const LinearZeros& kind : kinds) {
    all.layers += kind.layers;
    all.weights += kind.weights;
    all.zeros += kind.zeros;
  }
  return all;
}

/// "50.00 % 2:4", or "gone" for a kind of which no layer is left.
[[nodiscard]] inline std::string zeros_cell(const LinearZeros* kind) {
  if (kind == nullptr) return "gone";
  return percent_text(kind->share()) + (kind->pattern ? " " + to_string(*kind->pattern) : "");
}

[[nodiscard]] inline const LinearZeros* zeros_of(const std::vector<LinearZeros>& kinds, TensorRole role) {
  const auto found = std::ranges::find(kinds, role, &LinearZeros::role);
  return found == kinds.end() ? nullptr : &*found;
}

inline void align_group(const char* option, const char* output, Index together, Index unit, Index usual,
                        std::optional<Index>& group) {
  if (!group) group = std::max(together, usual / together * together);
  if (together == unit || *group % together == 0) return;
  throw OptionError(option,
                    std::to_string(*group) + " channels would cut through groups of the N:M pattern of " + output +
                        ", which --keep-zeros is to keep",
                    "Give a multiple of " + std::to_string(together));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string harm_to_mask(const MaskReport& report, const UnitOrdering& ordering,
                                            const CompensationMethod& method) {
  const bool patterns =
      std::ranges::any_of(report.before, [](const LinearZeros& kind) { return kind.pattern.has_value(); });
  std::string harm;
  if (patterns && !ordering.is_none()) harm = "the order of channels breaks the pattern of o_proj and down_proj";
  if (!method.is_none()) harm += (harm.empty() ? "" : ", and ") + method.name + " fills zeros of o_proj and down_proj";
  return harm;
}

MULTIPRUNER_INLINE MaskReport find_mask(const Graph& graph, bool keep) {
  MaskReport report{.kept = keep};
  const ModelView view(graph);
  if (has_weight_mask(view)) report.before = linear_zeros(view);
  return report;
}

MULTIPRUNER_INLINE void count_zeros_after(MaskReport& report, const ModelView& smaller) {
  if (report.has_mask()) report.after = linear_zeros(smaller);
}

MULTIPRUNER_INLINE std::string mask_sentence(const MaskReport& report) {
  const std::optional<NOfM> pattern = detail::common_pattern(report.before);
  return percent_text(detail::sum_of(report.before).share()) + " of the weights of its linears are zero" +
         (pattern ? ", in the pattern " + to_string(*pattern) : "");
}

MULTIPRUNER_INLINE std::string mask_table(const MaskReport& report, bool markdown) {
  if (!report.has_mask()) return "";
  TextTable table({"zeros", "before", "after"});
  for (const LinearZeros& kind : report.before) {
    table.add({std::string(name_of(kind.role)), detail::zeros_cell(&kind),
               detail::zeros_cell(detail::zeros_of(report.after, kind.role))});
  }
  return markdown ? table.markdown() : table.text();
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const std::vector<LinearZeros>& kinds) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const LinearZeros& kind : kinds) {
    json.push_back({{"role", name_of(kind.role)},
                    {"layers", kind.layers},
                    {"weights", kind.weights},
                    {"zeros", kind.zeros},
                    {"pattern", kind.pattern ? nlohmann::ordered_json(to_string(*kind.pattern)) : nullptr}});
  }
  return json;
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const MaskReport& report) {
  return {{"kept", report.kept}, {"before", to_json(report.before)}, {"after", to_json(report.after)}};
}

MULTIPRUNER_INLINE void align_groups(const Graph& graph, SequentialThresholdOptions& options) {
  const ModelConfig& config = graph.config();
  const UnitGroups groups = mask_groups(graph);
  detail::align_group("--mlp-group", "down_proj", removable_channels(config, groups, GatedMlp::axes[0].name), 1,
                      default_group(config, GatedMlp::axes[0].name), options.mlp_group);
  detail::align_group("--head-group", "o_proj", removable_channels(config, groups, Attention::axes[0].name),
                      default_group(config, Attention::axes[0].name), default_group(config, Attention::axes[0].name),
                      options.attention_group);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
