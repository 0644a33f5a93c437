// SPDX-License-Identifier: MIT
#include "zeros.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>
#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner::cli {

namespace {

/// "2:4" where all tensors have that pattern, or "".
std::string common_pattern(const std::vector<SparseTensor>& tensors) {
  const std::string& first = tensors.front().pattern;
  const bool common = std::ranges::all_of(tensors, [&](const SparseTensor& t) { return t.pattern == first; });
  return common ? first : "";
}

std::string tensor_name(const Graph& graph, const SparseTensor& tensor) {
  return graph.origin().tensor_name(tensor.role, tensor.layer);
}

}  // namespace

std::vector<SparseTensor> sparse_tensors(const Graph& graph) {
  std::vector<SparseTensor> tensors;
  for_each_place(graph, [&](const TensorPlace& place, const WeightView& weight) {
    const bool tied = place.slot == &Ends::slots[Ends::lm_head] && weight.data == graph.embed_tokens().data;
    if (!weight || !place.slot->is_matrix() || tied) return;
    const std::optional<WeightMask> zeros = mask_of(weight);
    graph.release(weight);
    if (!zeros) return;
    const std::optional<NOfM> pattern = pattern_of(*zeros);
    tensors.push_back({place.role, place.layer, sparsity(*zeros), pattern ? to_string(*pattern) : ""});
  });
  return tensors;
}

std::string sparsity_text(const Graph& graph, const std::vector<SparseTensor>& tensors) {
  std::vector<TensorRole> roles;
  for (const Kind* kind : graph.config().blocks.kinds()) {
    for (const Slot& slot : kind->slots) {
      if (slot.linear) roles.push_back(slot.role);
    }
  }
  const std::string common = common_pattern(tensors);
  std::map<std::pair<Index, TensorRole>, std::string> cells;
  std::string others;
  for (const SparseTensor& tensor : tensors) {
    const bool has_own = common.empty() && !tensor.pattern.empty();
    const std::string text = fixed_text(tensor.zeros, 1) + (has_own ? " " + tensor.pattern : "");
    cells[{tensor.layer, tensor.role}] = text;
    if (tensor.layer < 0) others += tensor_name(graph, tensor) + "  " + text + "\n";
  }
  std::vector<std::string> headings{"layer"};
  for (const TensorRole role : roles) headings.emplace_back(name_of(role));
  TextTable table(std::move(headings));
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
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

nlohmann::ordered_json sparsity_json(const Graph& graph, const std::vector<SparseTensor>& tensors) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const SparseTensor& tensor : tensors) {
    const auto pattern = tensor.pattern.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(tensor.pattern);
    json.push_back({{"tensor", tensor_name(graph, tensor)},
                    {"layer", tensor.layer < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(tensor.layer)},
                    {"role", name_of(tensor.role)},
                    {"zeros", tensor.zeros},
                    {"pattern", pattern}});
  }
  return json;
}

}  // namespace multipruner::cli
