// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Where inputs of a finished run are now, if they have moved.
struct MovedInputs {
  std::optional<std::string> model{}, calibration{}, calibration_width{};
  std::vector<std::string> calibration_fit{};
};

/// Puts them into the spec of a run.
/// @param run  its folder, for errors
/// @throws FileError where the model is not there, with the option for it
void apply_moved_inputs(const MovedInputs& moved, const std::filesystem::path& run, RunSpec& spec);

/// @throws FileError where a text of a run is not there, OptionError where it could be read only once; with the option
/// for it.
void require_texts(const MovedInputs& moved, const std::filesystem::path& run, const RunSpec& spec);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/moved_inputs.ipp>
#endif
