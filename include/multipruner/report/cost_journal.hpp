// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/report/journal_identity.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// Measured costs in a file, so that a run that was killed, or another run on the same model and text, does not measure
/// them again.
///
/// The file only grows. A line is `checksum contents`: first `multipruner-journal` and the identity, then one line for
/// every plan and part of the windows, `set first_window widths costs`, with `start checksum` before it where the plan
/// is of another model than the journal and `source checksum` where its narrowed blocks come from a BlockSource, costs
/// as the hexadecimal bits of doubles. A torn end is cut off when the file is opened. Damaged lines in the middle stay
/// where they are and count for nothing; what follows them counts. A file that does not begin as a journal is somebody
/// else's, and is never changed. While a journal is open, no other process can open it.
class CostJournal final : public CostMemory {
 public:
  /// Opens a journal, or begins one where there is none or `restart` is set.
  /// @throws OutputError if the file cannot be written, another process has it open, or the file system has no locks
  /// @throws DataError if it is no journal, its first line is damaged, or it belongs to something else; the message
  /// says what differs. `restart` does not make room for a journal in a file that is none.
  CostJournal(const std::filesystem::path& path, const JournalIdentity& identity, bool restart = false);

  [[nodiscard]] MULTIPRUNER_INLINE bool find(const CostKey& key, std::span<double> costs) const override;

  MULTIPRUNER_INLINE void add(const CostKey& key, std::span<const double> costs) override;

  /// How many costs were there when the journal was opened.
  [[nodiscard]] Index found() const { return found_; }

  /// How many bytes at its end were damaged and have been cut off.
  [[nodiscard]] Index bytes_cut_off() const { return cut_off_; }

  /// How many lines before that are damaged. The costs in them are measured again.
  [[nodiscard]] Index damaged_lines() const { return damaged_lines_; }

 private:
  static constexpr std::size_t digits = 16;  // of a checksum, and of a cost
  static constexpr const char* heading = "multipruner-journal ";

  static detail::FileDescriptor open(const std::filesystem::path& path);

  void lock() const;

  void truncate(Index size);

  void read(const JournalIdentity& identity, bool restart);

  /// What a line says; nothing if it is damaged.
  static std::optional<std::string_view> contents_of(std::string_view line);

  /// @param whole  whether the first line has an end
  void require_ours(std::string_view first, bool whole, const JournalIdentity& identity, bool restart) const;

  /// Takes a line of costs in; false if it is damaged.
  bool accept(std::string_view line);

  void append(const std::string& contents);

  static std::string name_of(const CostKey& key);

  std::filesystem::path path_;
  detail::FileDescriptor file_;
  std::unordered_map<std::string, std::vector<double>> costs_;
  Index size_ = 0, found_ = 0, cut_off_ = 0, damaged_lines_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/cost_journal.ipp>
#endif
