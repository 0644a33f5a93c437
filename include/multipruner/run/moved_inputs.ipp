// SPDX-License-Identifier: MIT
#pragma once

#include <system_error>

#include <multipruner/core/error.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/run/moved_inputs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A relative path that the log of a run tells began where the run was started.
inline void require_there(const std::filesystem::path& run, const std::string& path, const char* what,
                          const char* option) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return;
  const bool relative = std::filesystem::path(path).is_relative();
  throw FileError(path, std::string("is not there; it was ") + what + " of the run " + run.string(),
                  std::string("Say with ") + option + " where it is now" +
                      (relative ? ", or start the program in the folder of that run" : ""));
}

/// @throws OptionError where a text of an earlier run is none that can be read again.
inline void require_lasting(const std::string& name, const char* option) {
  std::error_code ignored;
  const bool of_process = name.starts_with("/dev/") || name.starts_with("/proc/");
  const bool is_input = name == "-" || name == "/dev/stdin";
  const std::filesystem::file_status status = std::filesystem::status(name, ignored);
  const bool once = is_input || of_process ||
                    (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
                     !std::filesystem::is_directory(status));
  if (!once) return;
  const std::string source = name == "-" ? "standard input" : of_process ? name : "a pipe";
  throw OptionError(option, "the run read this text from " + source + ", which is gone",
                    std::string("Name a file with the same text with ") + option);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void apply_moved_inputs(const MovedInputs& moved, const std::filesystem::path& run, RunSpec& spec) {
  spec.model = moved.model.value_or(spec.model);
  spec.calibration = moved.calibration.value_or(spec.calibration);
  if (moved.calibration_width) spec.calibration_width = moved.calibration_width;
  if (!moved.calibration_fit.empty()) spec.calibration_fit = moved.calibration_fit;
  detail::require_there(run, find_model(spec.model).string(), "the model", "--model");
}

MULTIPRUNER_INLINE void require_texts(const MovedInputs& moved, const std::filesystem::path& run, const RunSpec& spec) {
  const auto require = [&](bool is_named, const std::string& text, const char* what, const char* option) {
    if (is_named) return;  // what is wrong with it, reading it will say
    detail::require_lasting(text, option);
    detail::require_there(run, text, what, option);
  };
  require(moved.calibration.has_value(), spec.calibration, "the calibration text", "--calibration");
  if (spec.calibration_width) {
    require(moved.calibration_width.has_value(), *spec.calibration_width, "the calibration text for widths",
            "--calibration-width");
  }
  for (const std::string& text : spec.calibration_fit) {
    require(!moved.calibration_fit.empty(), text, "the text for what was fitted", "--calibration-fit");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
