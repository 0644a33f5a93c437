// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How a search depends on compensation; empty if it does not.
[[nodiscard]] inline JournalIdentity identity_of_compensation(const RunCompensationOptions& how,
                                                              const TokenWindows& fit) {
  JournalIdentity identity;
  const std::string text = fingerprint_of(fit).text(), zeros = how.settings.keep_zeros ? ", zeros kept" : "";
  if (how.method.outputs) {
    identity.emplace_back("compensation of candidates",
                          how.method.name + ", ridge " + exact_text(how.settings.local_ridge) + zeros + ", " + text);
  }
  if (!how.every) return identity;
  std::string turns = "every " + exact_text(*how.every) + " percent, " + how.method.name;
  if (how.settings.bias) turns += " with biases";
  for (const double ridge : how.settings.ridges) turns += ", " + exact_text(ridge);
  identity.emplace_back("compensation in turn", turns + zeros + ", " + text);
  return identity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::vector<std::string> run_journal_names() {
  return {run_journal_name, generated_journal_name, latency_name};
}

MULTIPRUNER_INLINE JournalIdentity generated_identity(JournalIdentity model, const TokenWindows& fit,
                                                      const RunSpec& spec) {
  JournalIdentity identity = std::move(model);
  identity.emplace_back("text of first tokens", fingerprint_of(fit).text());
  identity.emplace_back("seed", std::to_string(spec.seed));
  identity.emplace_back("tokens a window", std::to_string(generated_window_length(fit)));
  identity.emplace_back("compute type", std::string(name_of(spec.compute)));
  return identity;
}

MULTIPRUNER_INLINE JournalIdentity known_identity(JournalIdentity model, const RunTexts& texts, const RunSpec& spec,
                                                  const RunRegistries& registries) {
  return cost_identity(std::move(model), texts.calibration, registries.metrics.at(spec.metric).key(),
                       {.compute = spec.compute, .confidence = spec.confidence});
}

MULTIPRUNER_INLINE JournalIdentity run_identity(JournalIdentity model, const UnitOrder& order, const RunTexts& texts,
                                                const RunSpec& spec, const RunRegistries& registries) {
  JournalIdentity identity = known_identity(std::move(model), texts, spec, registries);
  for (auto& entry : detail::identity_of_compensation(compensation_of(spec, registries), texts.fit))
    identity.push_back(std::move(entry));
  // Last, because it depends on most of the above, which then is the better explanation.
  identity.emplace_back("order of channels and heads", identity_of(ordering_of(spec, registries), order));
  return identity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
