// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/report/journal_identity.hpp>
#include <multipruner/report/line_journal.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// Measured costs in a LineJournal, so that a run that was killed, or another run on the same model and text, does not
/// measure them again.
///
/// A line tells of a plan and a part of the windows, `set first_window widths costs`, with `start checksum` before it
/// where the plan is of another model than the journal and `source checksum` where its narrowed blocks come from a
/// BlockSource, costs as the hexadecimal bits of doubles. The costs in damaged lines are measured again.
class CostJournal final : public CostMemory {
 public:
  /// @throws OutputError and DataError as LineJournal
  CostJournal(const std::filesystem::path& path, const JournalIdentity& identity, bool restart = false);
  CostJournal(const CostJournal&) = delete;
  CostJournal& operator=(const CostJournal&) = delete;
  ~CostJournal() override = default;

  [[nodiscard]] MULTIPRUNER_INLINE bool find(const CostKey& key, std::span<double> costs) const override;

  MULTIPRUNER_INLINE void add(const CostKey& key, std::span<const double> costs) override;

  /// How many costs were there when the journal was opened.
  [[nodiscard]] Index found() const { return found_; }

  /// As of LineJournal.
  [[nodiscard]] Index bytes_cut_off() const { return lines_.bytes_cut_off(); }
  [[nodiscard]] Index damaged_lines() const { return lines_.damaged_lines(); }

 private:
  static constexpr std::size_t digits = 16;  // of a cost

  /// Takes a line of costs in; false if it is damaged.
  bool accept(std::string_view line);

  static std::string name_of(const CostKey& key);

  std::unordered_map<std::string, std::vector<double>> costs_;
  LineJournal lines_;
  Index found_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/cost_journal.ipp>
#endif
