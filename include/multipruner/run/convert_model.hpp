// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/run/run_environment.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What is written in another format.
struct ConversionSpec {
  std::string model{};                     ///< as `find_model` finds it; dense or pruned
  std::string format = "hf";               ///< or several, with commas
  std::optional<std::string> gguf_type{};  ///< "f32", "f16", "bf16" or "q8_0"
  std::string config{};                    ///< a pruning_config.json that is applied to the model; empty: none
  std::optional<std::string> reorder{};    ///< with a config: the order of units that it is for; nothing: "l1"
};

/// What was written.
struct ConvertedModel {
  Index parameters = 0;                ///< that are left of the model
  double ratio = 0;                    ///< percent that is gone of the unpruned one
  std::vector<std::string> padding{};  ///< `padding_sentences`
};

/// Writes a model in another format, or, with a pruning_config.json, what that leaves of it, as MultiPruner's own
/// extraction does: units are ordered first, as the run did whose configuration it is.
/// @throws OptionError for what a format cannot hold, for an order that needs a calibration text, and for a
/// configuration with a model that is pruned already; Error where model or configuration cannot be read, OutputError
/// where the folder cannot be written
ConvertedModel convert_model(const ConversionSpec& spec, const std::filesystem::path& out, bool overwrite,
                             const RunEnvironment& environment, ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/convert_model.ipp>
#endif
