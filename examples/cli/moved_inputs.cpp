// SPDX-License-Identifier: MIT
#include "moved_inputs.hpp"

#include <filesystem>
#include <system_error>

#include "text_files.hpp"
#include <multipruner/core/error.hpp>

namespace multipruner::cli {

namespace {

/// A relative path that the log of a run tells began where the run was started.
void require_there(const std::string& run, const std::string& path, const char* what, const char* option) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return;
  const bool relative = std::filesystem::path(path).is_relative();
  throw FileError(path, std::string("is not there; it was ") + what + " of the run " + run,
                  std::string("Say with ") + option + " where it is now" +
                      (relative ? ", or start the program in the folder of that run" : ""));
}

}  // namespace

void add_moved_inputs(CLI::App& app, MovedInputs& moved) {
  app.add_option("--model", moved.model, "The model that the run began with, if it has moved")->type_name("DIR");
  app.add_option("--calibration", moved.calibration,
                 "Its calibration text, if that has moved; extract reads it only\nwhere it made the order or the "
                 "compensation")
      ->type_name("FILE");
  app.add_option("--calibration-width", moved.calibration_width,
                 "The same of the text that the run had for widths alone")
      ->type_name("FILE");
  app.add_option(
         "--calibration-fit", moved.calibration_fit,
         "The same of the text that its order and compensation were made from,\nwhere it had one for that alone")
      ->type_name("FILE");
}

void apply_moved_inputs(const MovedInputs& moved, const std::string& run, RunSpec& spec) {
  spec.model = moved.model.value_or(spec.model);
  spec.calibration = moved.calibration.value_or(spec.calibration);
  if (moved.calibration_width) spec.calibration_width = moved.calibration_width;
  if (!moved.calibration_fit.empty()) spec.calibration_fit = moved.calibration_fit;
  require_there(run, spec.model, "the model", "--model");
}

void require_texts(const std::string& run, const MovedInputs& moved, const RunSpec& spec) {
  const auto require = [&](bool is_named, const std::string& text, const char* what, const char* option) {
    if (is_named) return;  // what is wrong with it, reading it will say
    require_lasting(text, option);
    require_there(run, text, what, option);
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

}  // namespace multipruner::cli
