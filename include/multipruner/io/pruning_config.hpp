#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The contents of a `pruning_config.json` as MultiPruner's released code writes it.
struct PruningConfig {
  std::vector<Index> pruned_attn_idx;        ///< layers without attention, in the order of removal
  std::vector<Index> pruned_mlp_idx;         ///< layers without MLP, in the order of removal
  std::map<Index, Index> pruned_attn_width;  ///< layer → query channels; meaningless where the block is removed
  std::map<Index, Index> pruned_mlp_width;   ///< layer → MLP channels; meaningless where the block is removed
};

/// @param num_layers of the model that the file belongs to.
/// @throws FileError, DataError naming the entry that is wrong.
[[nodiscard]] PruningConfig read_pruning_config(const std::filesystem::path& path, Index num_layers);

/// The JSON object, keys in the order of the released code.
[[nodiscard]] nlohmann::ordered_json to_json(const PruningConfig& config);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/pruning_config.ipp>
#endif
