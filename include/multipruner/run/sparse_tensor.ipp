// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/sparse_tensor.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>
#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// "2:4" where all tensors have that pattern, or "".
[[nodiscard]] inline std::string common_pattern(const std::vector<SparseTensor>& tensors) {
  const std::string& first = tensors.front().pattern;
  const bool common = std::ranges::all_of(tensors, [&](const SparseTensor& t) { return t.pattern == first; });
  return common ? first : "";
}

/// The linears of all kinds of blocks of a model.
[[nodiscard]] inline std::vector<TensorRole> all_linears(const ModelConfig& config) {
  std::vector<TensorRole> roles;
  for (const Kind* kind : config.blocks.kinds()) {
    for (const Slot& slot : kind->slots) {
      if (slot.linear) roles.push_back(slot.role);
    }
  }
  return roles;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::vector<SparseTensor> sparse_tensors(const Graph& graph) {
  std::vector<SparseTensor> tensors;
  for_each_place(graph, [&](const TensorPlace& place, const WeightView& weight) {
    const bool tied = place.slot == &Ends::slots[Ends::lm_head] && weight.data == graph.embed_tokens().data;
    if (!weight || !place.slot->is_matrix() || tied) return;
    const std::optional<WeightMask> zeros = mask_of(weight);
    graph.release(weight);
    if (!zeros) return;
    const std::optional<NOfM> pattern = pattern_of(*zeros);
    tensors.push_back({place.role, place.layer, graph.origin().tensor_name(place.role, place.layer), sparsity(*zeros),
                       pattern ? to_string(*pattern) : ""});
  });
  return tensors;
}

MULTIPRUNER_INLINE std::string sparsity_text(const ModelConfig& config, const std::vector<SparseTensor>& tensors) {
  const std::vector<TensorRole> roles = detail::all_linears(config);
  const std::string common = detail::common_pattern(tensors);
  std::map<std::pair<Index, TensorRole>, std::string> cells;
  std::string others;
  for (const SparseTensor& tensor : tensors) {
    const bool has_own = common.empty() && !tensor.pattern.empty();
    const std::string text = fixed_text(tensor.zeros, 1) + (has_own ? " " + tensor.pattern : "");
    cells[{tensor.layer, tensor.role}] = text;
    if (tensor.layer < 0) others += tensor.name + "  " + text + "\n";
  }
  std::vector<std::string> headings{"layer"};
  for (const TensorRole role : roles) headings.emplace_back(name_of(role));
  TextTable table(std::move(headings));
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    std::vector<std::string> row{std::to_string(layer)};
    for (const TensorRole role : roles) row.push_back(cells[{layer, role}]);
    table.add(std::move(row));
  }
  return "Zeros in percent" +
         (common.empty()
              ? ""
              : ", everywhere in the pattern " + common + " (" + describe(parse_sparsity_pattern(common)) + ")") +
         ":\n\n" + table.text() + others;
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const std::vector<SparseTensor>& tensors) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const SparseTensor& tensor : tensors) {
    const auto pattern = tensor.pattern.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(tensor.pattern);
    json.push_back({{"tensor", tensor.name},
                    {"layer", tensor.layer < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(tensor.layer)},
                    {"role", name_of(tensor.role)},
                    {"zeros", tensor.zeros},
                    {"pattern", pattern}});
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
