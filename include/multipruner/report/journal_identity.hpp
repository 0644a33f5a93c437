// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// What a journal belongs to, in words: pairs of a name and a value, e.g. {"weights", "3f1c…"}. Costs of one journal
/// are those of another run only if all are equal; so the values are exact, and name all that a cost depends on.
using JournalIdentity = std::vector<std::pair<std::string, std::string>>;

/// "weights=12;text=34;", in one line whatever the names and values are.
[[nodiscard]] std::string text_of(const JournalIdentity& identity);

/// What text_of has written. Of another text, as much as there is.
[[nodiscard]] JournalIdentity identity_of_text(std::string_view text);

/// ": other text (there 34, here 35), other order (there none)": what differs; empty if nothing does.
[[nodiscard]] std::string differences(const JournalIdentity& there, const JournalIdentity& here);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/journal_identity.ipp>
#endif
