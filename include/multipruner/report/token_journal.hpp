// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/calibration/token_memory.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/report/journal_identity.hpp>
#include <multipruner/report/line_journal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// Tokens of windows that a model writes, in a LineJournal, so that a run that was killed goes on in the middle of
/// them. A line is `window place tokens`.
class TokenJournal final : public TokenMemory {
 public:
  /// @throws OutputError and DataError as LineJournal
  TokenJournal(const std::filesystem::path& path, const JournalIdentity& identity, bool restart = false);
  TokenJournal(const TokenJournal&) = delete;
  TokenJournal& operator=(const TokenJournal&) = delete;
  ~TokenJournal() override = default;

  [[nodiscard]] MULTIPRUNER_INLINE std::vector<TokenId> find(Index window) const override;

  MULTIPRUNER_INLINE void add(Index window, Index first, std::span<const TokenId> tokens) override;

  /// How many tokens were there when the journal was opened.
  [[nodiscard]] Index found() const { return found_; }

 private:
  /// Takes a line in; false if it is damaged.
  bool accept(std::string_view line);

  std::map<Index, std::vector<TokenId>> windows_;
  LineJournal lines_;
  Index found_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/token_journal.ipp>
#endif
