// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <multipruner/run/run_spec.hpp>

namespace multipruner::cli {

/// Where the model and the texts of a finished run are now, if they have moved.
struct MovedInputs {
  std::optional<std::string> model, calibration, calibration_width;
  std::vector<std::string> calibration_fit;
};

/// `--model`, `--calibration` and its kin.
void add_moved_inputs(CLI::App& app, MovedInputs& moved);

/// Puts them in place of what the log of the run says.
/// @throws FileError where the model is not there, with the option to name it with
void apply_moved_inputs(const MovedInputs& moved, const std::string& run, RunSpec& spec);

/// @throws FileError where a text of the run that is to be read is not there, OptionError where it came from a pipe,
/// each with the option to name it with. Texts that the command itself names are left to those who read them.
void require_texts(const std::string& run, const MovedInputs& moved, const RunSpec& spec);

}  // namespace multipruner::cli
