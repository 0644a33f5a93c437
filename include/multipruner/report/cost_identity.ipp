// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/simd/instruction_set.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE JournalIdentity model_identity(const Graph& graph) {
  JournalIdentity identity{{"program version", std::string(version)},
                           {"version of costs", std::string(costs_version)},
                           {"instruction set", simd::instruction_set()}};
  if (const CompanionFiles files = graph.origin().files(); !files.empty()) {
    identity.emplace_back("config.json", Fingerprint().add(std::string_view(files.text("config.json"))).text());
  }
  identity.emplace_back("weights", fingerprint_of_weights(graph).text());
  return identity;
}

MULTIPRUNER_INLINE JournalIdentity cost_identity(JournalIdentity model, const Calibration& calibration,
                                                 const std::string& metric, const EvaluatorOptions& evaluator) {
  JournalIdentity identity = std::move(model);
  identity.emplace_back("metric", metric);
  for (const auto& [name, windows] : calibration.sets()) {
    identity.emplace_back("calibration text for " + name + "s", fingerprint_of(windows).text());
  }
  identity.emplace_back("order of windows", evaluator.confidence
                                                ? "drawn at random with seed " + std::to_string(evaluator.seed)
                                                : "as they are");
  identity.emplace_back("compute type", std::string(name_of(evaluator.compute)));
  return identity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
