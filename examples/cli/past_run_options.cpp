// SPDX-License-Identifier: MIT
#include "past_run_options.hpp"

namespace multipruner::cli {

void add_moved_inputs(CLI::App& app, MovedInputs& moved) {
  app.add_option("--model", moved.model, "The model that the run began with, if it has moved")->type_name("DIR");
  app.add_option("--calibration", moved.calibration,
                 "Its calibration text, if that has moved; extract reads it only\nwhere it made the order or the "
                 "compensation")
      ->type_name("FILE");
  app.add_option("--calibration-width", moved.calibration_width,
                 "The same for the text that the run used only for widths")
      ->type_name("FILE");
  app.add_option("--calibration-fit", moved.calibration_fit,
                 "The same for the text from which its order and compensation\nwere made, if it had one only for that")
      ->type_name("FILE");
}

}  // namespace multipruner::cli
