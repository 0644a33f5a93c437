// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the keys of a GGUF file say of its model, in the words of Hugging Face.
struct GgufDescription {
  JsonReader config;                       ///< as config.json of the family has it
  std::optional<PruningConfig> pruning{};  ///< where layers differ: what they lack of the widest
  Index head_dim = 0;
  bool pairs_side_by_side = false;  ///< whether rows of queries and keys that turn together lie side by side
  bool norms_plus_one = false;      ///< whether norms have the 1 in them that the family adds
  std::string (*tensor_name)(TensorRole role, Index layer) = nullptr;  ///< of the family
};

/// Layers that differ are a dense model of the widest of them and what it lacks; or, where groups of heads differ in
/// size, a Nemotron-NAS model (`Deci`).
/// @param dtype  of the matrices when they are read
/// @throws DataError for keys that are missing, of wrong types, or contradictory; UnsupportedError for architectures
/// and features that are not read, by name.
[[nodiscard]] GgufDescription describe_gguf(const GgufFile& file, DType dtype);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/detail/gguf_config.ipp>
#endif
