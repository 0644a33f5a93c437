// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/policy/sparsify_options.hpp>
#include <multipruner/run/sparsify_spec.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The methods that a SparsifySpec names.
using WeightMethod = std::variant<WandaMask, SparseGpt, Mrp>;

/// Checks all that can be checked without a model. @throws OptionError naming what cannot work, or not together
void validate(const SparsifySpec& spec);

/// What is to be removed. @throws OptionError
[[nodiscard]] SparsityPattern sparsity_pattern_of(const SparsifySpec& spec);

/// What N:M removes and leaves, which not everybody reads alike; empty for a percentage. @throws OptionError
[[nodiscard]] std::string pattern_in_words(const SparsifySpec& spec);

/// The method that was asked for, or the default for the pattern. @throws OptionError for a pattern that is none
[[nodiscard]] std::string weight_method_name(const SparsifySpec& spec);

/// @throws OptionError for methods that are not known, and options that do not go with the method.
[[nodiscard]] WeightMethod weight_method_of(const SparsifySpec& spec);

/// Which linears stay as they are, and what products are computed in.
/// @throws OptionError for words that are not known, and layers that are not there.
[[nodiscard]] SparsifyOptions sparsify_options(const SparsifySpec& spec, const ModelConfig& config);

/// What of the text is used; `fit_to_model` fills in the rest. @throws OptionError
[[nodiscard]] CalibrationOptions calibration_options(const SparsifySpec& spec);

/// The settings, under the names that those of pruning runs have. @throws OptionError for a pattern that is none
[[nodiscard]] nlohmann::ordered_json to_json(const SparsifySpec& spec);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/sparsify_choices.ipp>
#endif
