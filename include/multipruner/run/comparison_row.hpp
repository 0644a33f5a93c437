// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The loss of a model on a text.
struct ComparedLoss {
  double loss = 0;  ///< nats a token
  /// Half of the interval that holds what it is above the unpruned model's loss in 95 of 100 draws of as many windows,
  /// taken for normal; 0 for the unpruned model.
  double margin = 0;
};

/// What came of one method at one ratio.
struct ComparisonRow {
  std::string method{};
  double asked = 0;                    ///< percent; 0 for the unpruned model
  double ratio = 0;                    ///< percent that is removed
  Index parameters = 0;                ///< as MultiPruner counts
  Index loaded_parameters = 0;         ///< without the norms of what is gone
  double calibration_loss = 0;         ///< nats a token
  std::vector<ComparedLoss> losses{};  ///< of the texts, in their order
  Index evaluations = 0;               ///< plans that were measured
  double seconds = 0;                  ///< of the run
  std::string outcome = "reached";     ///< of the search
};

/// For machines, and to read it again. @param texts  names, one for each of the losses
[[nodiscard]] nlohmann::ordered_json to_json(const ComparisonRow& row, const std::vector<std::string>& texts);
[[nodiscard]] ComparisonRow comparison_row(const JsonReader& json, const std::vector<std::string>& texts);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/comparison_row.ipp>
#endif
