// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Some linears in some layers of a model, as --keep and --skip name them.
struct ModelPart {
  std::vector<TensorRole> linears;  ///< such as down_proj
  Index first = 0, last = 0;        ///< layers

  [[nodiscard]] bool contains(TensorRole linear, Index layer) const;
};

/// Reads words that each are, or list with commas, LAYERS, KIND, or KIND:LAYERS. LAYERS is a number, a range such as
/// 0-3, `first` or `last`; KIND is a kind of block, `attention` or `mlp`, or the name of a linear.
/// @param option  as errors name it
/// @throws OptionError for a word that is none of those, and for layers that are not there.
[[nodiscard]] std::vector<ModelPart> parse_parts(std::string_view option, const std::vector<std::string>& words,
                                                 const ModelConfig& config);

/// The blocks that consist of the parts.
/// @throws OptionError where a part is a single linear of a block.
[[nodiscard]] ProtectedBlocks blocks_of(std::string_view option, const std::vector<ModelPart>& parts,
                                        const ModelConfig& config);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/model_parts.ipp>
#endif
