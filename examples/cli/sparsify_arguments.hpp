// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "options.hpp"
#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/policy/sparsify_options.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

namespace multipruner::cli {

/// What `multipruner sparsify` is asked to do.
struct SparsifyArguments {
  std::string model, out;
  bool overwrite = false;

  std::string pattern;
  std::optional<std::string> method, solver;
  std::optional<double> damping;
  std::optional<Index> block;
  std::vector<std::string> skip;

  std::string calibration;
  std::optional<std::string> eval_text;
  std::optional<Index> samples;
  std::string sampling = "first";
  WindowSettings windows;
  simd::Compute compute = simd::Compute::float32;
};

/// The methods that the program offers.
using WeightMethod = std::variant<WandaMask, SparseGpt, Mrp>;

void add_sparsify_options(CLI::App& app, SparsifyArguments& arguments);

/// What is to be removed. @throws OptionError
[[nodiscard]] SparsityPattern pattern_of(const SparsifyArguments& arguments);

/// Its name on the command line, e.g. "mrp-sm": the one that was asked for, or the default for the pattern.
[[nodiscard]] std::string method_name(const SparsifyArguments& arguments);

/// @throws OptionError for methods that are not known, and options that do not go with the method.
[[nodiscard]] WeightMethod method_of(const SparsifyArguments& arguments);

/// Which linears stay as they are. @param layers  that the model has
/// @throws OptionError for words that are not known, and layers that are not there.
[[nodiscard]] SparsifyOptions sparsify_options(const SparsifyArguments& arguments, const ModelConfig& config);

/// @throws OptionError
[[nodiscard]] CalibrationOptions calibration_options(const SparsifyArguments& arguments, std::uint64_t seed);

/// The settings of a run, under the names that those of `prune` have.
[[nodiscard]] nlohmann::ordered_json settings_json(const SparsifyArguments& arguments,
                                                   const CalibrationOptions& calibration);

}  // namespace multipruner::cli
