// SPDX-License-Identifier: MIT
#include "weight_masks.hpp"

#include <algorithm>
#include <optional>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>

namespace multipruner::cli {

namespace {

/// The pattern of all kinds of linears, if it is one.
std::optional<NOfM> common_pattern(const std::vector<LinearZeros>& kinds) {
  const bool common =
      std::ranges::all_of(kinds, [&](const LinearZeros& kind) { return kind.pattern == kinds.front().pattern; });
  return common ? kinds.front().pattern : std::nullopt;
}

LinearZeros all_of(const std::vector<LinearZeros>& kinds) {
  LinearZeros all;
  for (const LinearZeros& kind : kinds) {
    all.layers += kind.layers;
    all.weights += kind.weights;
    all.zeros += kind.zeros;
  }
  return all;
}

/// "50.00 % 2:4", or "gone" for a kind of which no layer is left.
std::string cell(const LinearZeros* kind) {
  if (kind == nullptr) return "gone";
  return percent_text(kind->share()) + (kind->pattern ? " " + to_string(*kind->pattern) : "");
}

const LinearZeros* find(const std::vector<LinearZeros>& kinds, TensorRole role) {
  const auto found = std::ranges::find(kinds, role, &LinearZeros::role);
  return found == kinds.end() ? nullptr : &*found;
}

/// What breaks a mask that is not kept; empty where nothing does.
std::string harm_to_mask(const MaskReport& report, const UnitOrdering& order, const CompensationMethod& method) {
  const bool patterns =
      std::ranges::any_of(report.before, [](const LinearZeros& kind) { return kind.pattern.has_value(); });
  std::string harm;
  if (patterns && !order.is_none()) harm = "the order of channels breaks the pattern of o_proj and down_proj";
  if (!method.is_none()) harm += (harm.empty() ? "" : ", and ") + method.name + " fills zeros of o_proj and down_proj";
  return harm;
}

/// @param usual  what goes together where nobody says so
void align(const char* option, const char* output, Index together, Index unit, Index usual,
           std::optional<Index>& group) {
  if (!group) group = std::max(together, usual / together * together);
  if (together == unit || *group % together == 0) return;
  throw OptionError(option,
                    std::to_string(*group) + " channels would cut through groups of the N:M pattern of " + output +
                        ", which --keep-zeros is to keep",
                    "Give a multiple of " + std::to_string(together));
}

}  // namespace

MaskReport find_mask(const Graph& graph, bool keep) {
  MaskReport report{.kept = keep};
  const ModelView view(graph);
  if (has_weight_mask(view)) report.before = linear_zeros(view);
  return report;
}

void count_zeros_after(MaskReport& report, const ModelView& smaller) {
  if (report.has_mask()) report.after = linear_zeros(smaller);
}

std::string mask_sentence(const MaskReport& report) {
  const std::optional<NOfM> pattern = common_pattern(report.before);
  return percent_text(all_of(report.before).share()) + " of the weights of its linears are zero" +
         (pattern ? ", in the pattern " + to_string(*pattern) : "");
}

void tell_of_mask(const MaskReport& report, const UnitOrdering& order, const CompensationMethod& method,
                  Console& console) {
  if (!report.has_mask()) {
    if (report.kept) console.note("zeros        --keep-zeros has nothing to keep: the model has no mask");
    return;
  }
  const std::string harm = report.kept ? "" : harm_to_mask(report, order, method);
  if (harm.empty()) {
    console.note((report.kept ? "zeros        kept: " : "zeros        ") + mask_sentence(report));
  } else {
    console.warn("the model has a mask: " + mask_sentence(report) + "; " + harm + ". --keep-zeros keeps it");
  }
}

std::string mask_table(const MaskReport& report, bool markdown) {
  if (!report.has_mask()) return "";
  TextTable table({"zeros", "before", "after"});
  for (const LinearZeros& kind : report.before) {
    table.add({std::string(name_of(kind.role)), cell(&kind), cell(find(report.after, kind.role))});
  }
  return markdown ? table.markdown() : table.text();
}

nlohmann::ordered_json to_json(const std::vector<LinearZeros>& kinds) {
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

nlohmann::ordered_json to_json(const MaskReport& report) {
  return {{"kept", report.kept}, {"before", to_json(report.before)}, {"after", to_json(report.after)}};
}

void align_groups(const Graph& graph, SequentialThresholdOptions& options) {
  const ModelConfig& config = graph.config();
  const UnitGroups groups = mask_groups(graph);
  align("--mlp-group", "down_proj", removable_channels(config, groups, GatedMlp::axes[0].name), 1,
        default_group(config, GatedMlp::axes[0].name), options.mlp_group);
  align("--head-group", "o_proj", removable_channels(config, groups, Attention::axes[0].name),
        default_group(config, Attention::axes[0].name), default_group(config, Attention::axes[0].name),
        options.attention_group);
}

}  // namespace multipruner::cli
