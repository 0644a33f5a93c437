// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/report/journal_identity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// A file of lines to which work notes what it has found out, so that a run that was killed need not find it out again.
///
/// The file only grows. A line is `checksum contents`: first `multipruner-journal` and the identity, then what is
/// noted. A torn end is cut off when the file is opened. Damaged lines in the middle stay where they are and count for
/// nothing; what follows them counts. A file that does not begin as a journal is somebody else's, and is never changed.
/// While a journal is open, no other process can open it.
class LineJournal {
 public:
  /// Opens a journal, or begins one where there is none or `restart` is set.
  /// @param accept  is given what every line says that is there, in their order; false: the line is damaged
  /// @throws OutputError if the file cannot be written, another process has it open, or the file system has no locks
  /// @throws DataError if it is no journal, its first line is damaged, or it belongs to something else; the message
  /// says what differs. `restart` does not make room for a journal in a file that is none.
  LineJournal(const std::filesystem::path& path, const JournalIdentity& identity, bool restart,
              const std::function<bool(std::string_view contents)>& accept);

  /// What the journal in a file belongs to; nothing where there is none, or its first line is damaged.
  [[nodiscard]] static std::optional<JournalIdentity> identity_in(const std::filesystem::path& path);

  /// Refuses the journal in a file before it is opened, as far as is known by then what it is to belong to.
  /// @throws DataError where an entry that both have differs
  static void require_fitting(const std::filesystem::path& path, const JournalIdentity& known);

  /// Writes a line. @param contents  without an end of a line in it @throws OutputError; the file is then as before
  void append(const std::string& contents);

  /// How many bytes at its end were damaged and have been cut off.
  [[nodiscard]] Index bytes_cut_off() const { return cut_off_; }

  /// How many lines before that are damaged.
  [[nodiscard]] Index damaged_lines() const { return damaged_lines_; }

 private:
  [[noreturn]] static void refuse(const std::filesystem::path& path, const JournalIdentity& there,
                                  const JournalIdentity& here);

  static constexpr std::size_t digits = 16;  // of a checksum
  static constexpr const char* heading = "multipruner-journal ";

  static detail::FileDescriptor open(const std::filesystem::path& path);

  void lock() const;

  void truncate(Index size);

  void read(const JournalIdentity& identity, bool restart,
            const std::function<bool(std::string_view contents)>& accept);

  /// What a line says; nothing if it is damaged.
  static std::optional<std::string_view> contents_of(std::string_view line);

  /// @param whole  whether the first line has an end
  void require_ours(std::string_view first, bool whole, const JournalIdentity& identity, bool restart) const;

  std::filesystem::path path_;
  detail::FileDescriptor file_;
  Index size_ = 0, cut_off_ = 0, damaged_lines_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/line_journal.ipp>
#endif
