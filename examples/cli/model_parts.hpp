// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::cli {

/// Some linears in some layers of a model, as --keep and --skip name them.
struct ModelPart {
  std::vector<TensorRole> linears;  ///< such as down_proj
  Index first = 0, last = 0;        ///< layers

  [[nodiscard]] bool contains(TensorRole linear, Index layer) const;
};

/// What a WHAT may be, for --help.
inline constexpr std::string_view parts_help =
    "layers (3, 0-2, first, last), attention, mlp,\nor both, as mlp:0-2; can be repeated, or listed with commas";

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

}  // namespace multipruner::cli
