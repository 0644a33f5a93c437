// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_order.hpp>
#include <multipruner/report/journal_identity.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/run_texts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The file in the output folder of a run in which every measured cost is noted.
inline constexpr const char* run_journal_name = "multipruner.journal";

/// The file of a run's folder to which the windows go that the model writes itself.
inline constexpr const char* generated_journal_name = "multipruner.generated";

/// The file of a run's folder to which the times go by which it decides, where it decides by any.
inline constexpr const char* latency_name = "multipruner.latency";

/// Files of a run's folder from which the run continues, and which stay when the rest is replaced.
[[nodiscard]] std::vector<std::string> run_journal_names();

/// What the windows depend on that the model writes itself, for their journal.
/// @param model  model_identity of it, as it was loaded; reads all weights, so it is made once
/// @param fit  without them
[[nodiscard]] JournalIdentity generated_identity(JournalIdentity model, const TokenWindows& fit, const RunSpec& spec);

/// What the costs that a run measures depend on, as far as it is known before the work. @param model  as above
[[nodiscard]] JournalIdentity known_identity(JournalIdentity model, const RunTexts& texts, const RunSpec& spec,
                                             const RunRegistries& registries = {});

/// All that they depend on. @param model  as above @param order  of its units in which it is searched
[[nodiscard]] JournalIdentity run_identity(JournalIdentity model, const UnitOrder& order, const RunTexts& texts,
                                           const RunSpec& spec, const RunRegistries& registries = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_identity.ipp>
#endif
