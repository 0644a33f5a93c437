// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <multipruner/run/comparison_row.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const ComparisonRow& row, const std::vector<std::string>& texts) {
  nlohmann::ordered_json json{{"method", row.method},
                              {"asked", row.asked},
                              {"ratio", row.ratio},
                              {"parameters", row.parameters},
                              {"loaded_parameters", row.loaded_parameters},
                              {"calibration_loss", row.calibration_loss},
                              {"losses", nlohmann::ordered_json::object()},
                              {"evaluations", row.evaluations},
                              {"seconds", row.seconds},
                              {"outcome", row.outcome}};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    json["losses"][texts[i]] = {{"loss", row.losses[i].loss}, {"margin", row.losses[i].margin}};
  }
  return json;
}

MULTIPRUNER_INLINE ComparisonRow comparison_row(const JsonReader& json, const std::vector<std::string>& texts) {
  ComparisonRow row{.method = json.require<std::string>("method"),
                    .asked = json.require<double>("asked"),
                    .ratio = json.require<double>("ratio"),
                    .parameters = json.require<Index>("parameters"),
                    .loaded_parameters = json.require<Index>("loaded_parameters"),
                    .calibration_loss = json.require<double>("calibration_loss"),
                    .evaluations = json.require<Index>("evaluations"),
                    .seconds = json.require<double>("seconds"),
                    .outcome = json.require<std::string>("outcome")};
  const JsonReader losses = json.require_object("losses");
  for (const std::string& text : texts) {
    const JsonReader loss = losses.require_object(text);
    row.losses.push_back({loss.require<double>("loss"), loss.require<double>("margin")});
  }
  return row;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
