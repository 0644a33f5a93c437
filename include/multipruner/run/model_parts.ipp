// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/run/model_parts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The linears of a kind of block.
[[nodiscard]] inline std::vector<TensorRole> linears_of(const Kind& kind) {
  std::vector<TensorRole> linears;
  for (const Slot& slot : kind.slots) {
    if (slot.linear) linears.push_back(slot.role);
  }
  return linears;
}

/// The linears of the kinds that a word may mean: all, those of a kind of this name, or the one of this name; none for
/// another word.
[[nodiscard]] inline std::vector<TensorRole> linears_of(std::string_view word, const ModelConfig& config,
                                                        bool all = false) {
  std::vector<TensorRole> linears;
  for (const Kind* kind : config.blocks.kinds()) {
    for (const TensorRole role : linears_of(*kind)) {
      if (all || word == role.name() || word == kind->name) linears.push_back(role);
    }
  }
  return linears;
}

[[nodiscard]] inline std::string names_of_kinds(const ModelConfig& config) {
  std::string names;
  for (const Kind* kind : config.blocks.kinds()) names += (names.empty() ? "" : ", ") + std::string(kind->name);
  return names;
}

/// The kind that a linear is of.
[[nodiscard]] inline std::string_view kind_of(TensorRole linear, const ModelConfig& config) {
  for (const Kind* kind : config.blocks.kinds()) {
    const std::vector<TensorRole> linears = linears_of(*kind);
    if (std::ranges::find(linears, linear) != linears.end()) return kind->name;
  }
  return "";
}

[[nodiscard]] inline std::optional<Index> layer_of(std::string_view word, Index layers) {
  if (word == "first") return 0;
  if (word == "last") return layers - 1;
  Index layer = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), layer);
  const bool fine = error == std::errc{} && end == word.data() + word.size() && layer >= 0 && layer < layers;
  return fine ? std::optional(layer) : std::nullopt;
}

/// "3", "0-3", "first" or "last": the first and the last layer.
[[nodiscard]] inline std::optional<std::pair<Index, Index>> layers_of(std::string_view word, Index layers) {
  const std::size_t dash = word.find('-');
  const std::optional<Index> first = layer_of(word.substr(0, dash), layers);
  const std::optional<Index> last = dash == std::string_view::npos ? first : layer_of(word.substr(dash + 1), layers);
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair(*first, *last);
}

[[nodiscard]] inline ModelPart parse_part(std::string_view option, std::string_view word, const ModelConfig& config) {
  const Index layers = config.num_hidden_layers;
  const std::size_t colon = word.find(':');
  const std::vector<TensorRole> linears = linears_of(word.substr(0, colon), config);
  if (!linears.empty() && colon == std::string_view::npos) return {linears, 0, layers - 1};
  const std::string_view where = colon == std::string_view::npos ? word : word.substr(colon + 1);
  const auto range = layers_of(where, layers);
  if (range && colon == std::string_view::npos) return {linears_of("", config, true), range->first, range->second};
  if (range && !linears.empty()) return {linears, range->first, range->second};
  throw OptionError(std::string(option), "\"" + std::string(word) + "\" names no layers of the model",
                    "Give layers from 0 to " + std::to_string(layers - 1) + " (3, 0-2, first, last), a kind (" +
                        names_of_kinds(config) + "), or both, e.g. " + std::string(config.blocks.kinds().back()->name) +
                        ":0-2");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE bool ModelPart::contains(TensorRole linear, Index layer) const {
  return layer >= first && layer <= last && std::ranges::find(linears, linear) != linears.end();
}

MULTIPRUNER_INLINE std::vector<ModelPart> parse_parts(std::string_view option, const std::vector<std::string>& words,
                                                      const ModelConfig& config) {
  std::vector<ModelPart> parts;
  for (const std::string_view words_with_commas : words) {
    std::size_t begin = 0;
    while (begin <= words_with_commas.size()) {
      const std::size_t end = std::min(words_with_commas.find(',', begin), words_with_commas.size());
      parts.push_back(detail::parse_part(option, words_with_commas.substr(begin, end - begin), config));
      begin = end + 1;
    }
  }
  return parts;
}

MULTIPRUNER_INLINE ProtectedBlocks blocks_of(std::string_view option, const std::vector<ModelPart>& parts,
                                             const ModelConfig& config) {
  ProtectedBlocks blocks;
  for (const ModelPart& part : parts) {
    if (part.linears.size() == 1) {
      throw OptionError(std::string(option), std::string(name_of(part.linears.front())) + " is a part of a block",
                        "Name the block: " + std::string(detail::kind_of(part.linears.front(), config)));
    }
    for (Index position = 0; position < config.num_blocks(); ++position) {
      const BlockSpec& block = config.blocks[{position}];
      const std::vector<TensorRole> linears = detail::linears_of(block.kind());
      const bool whole =
          std::ranges::all_of(linears, [&](TensorRole linear) { return part.contains(linear, block.layer()); });
      if (whole && !contains(blocks, {position})) blocks.push_back({position});
    }
  }
  return blocks;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
