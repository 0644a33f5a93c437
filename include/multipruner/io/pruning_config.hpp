// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/stream_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The contents of a `pruning_config.json` as MultiPruner's released code writes it: for every kind of block the layers
/// without it, for every axis of units the widths. The released code knows two of each, "attn" and "mlp".
struct PruningConfig {
  /// pruned_KEY_idx: layers without a block, in the order of removal.
  std::vector<std::pair<std::string, std::vector<Index>>> removed;
  /// pruned_KEY_width: layer → channels; meaningless where the block is removed.
  std::vector<std::pair<std::string, std::map<Index, Index>>> widths;
  /// "stream", which the released code does not know; nothing where no stream was sliced.
  std::optional<StreamConfig> stream{};

  /// The entry of a KEY; empty where there is none.
  [[nodiscard]] std::vector<Index> removed_of(std::string_view key) const;
  [[nodiscard]] std::map<Index, Index> widths_of(std::string_view key) const;
};

/// The KEYs that a file is to have.
struct PruningKeys {
  std::vector<std::string> blocks{"attn", "mlp"}, axes{"attn", "mlp"};
  std::vector<std::string> may_be_zero{};  ///< of the axes, those along which a block may keep nothing and stay
};

/// @param num_layers of the model that the file belongs to.
/// @throws FileError, DataError naming the entry that is wrong.
[[nodiscard]] PruningConfig read_pruning_config(const std::filesystem::path& path, Index num_layers,
                                                const PruningKeys& keys = {});

/// The JSON object, keys in the order of the released code.
[[nodiscard]] nlohmann::ordered_json to_json(const PruningConfig& config);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/pruning_config.ipp>
#endif
