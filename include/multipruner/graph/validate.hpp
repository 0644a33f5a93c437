#pragma once

#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

namespace detail {

/// What is wrong with a size of a configuration.
struct SizeProblem {
  const char* name;  ///< as in config.json
  std::string problem;
};

/// The first size that is impossible, alone or together with others: nothing that is computed from sizes overflows
/// then.
[[nodiscard]] std::optional<SizeProblem> problem_of_sizes(const ModelConfig& config);

/// Checks the sizes that everything else is computed from: an embedding program may have forgotten one.
void require_sizes(const ModelConfig& config);

}  // namespace detail

/// Checks that all tensors are there, that their shapes fit the configuration, and that what is said of their memory
/// can be: strides, and where it begins. Widths of attention and MLP blocks may be smaller than configured, and blocks
/// may be absent: that is what a pruned model looks like.
/// @throws DataError naming the size that is impossible, or the tensor, the shape it has and the shape it should have,
/// or what is wrong with its memory.
void validate(const ModelConfig& config, const Weights& weights, const Origin& origin = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/validate.ipp>
#endif
