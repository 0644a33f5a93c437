// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/file_lock.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/report/line_journal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE LineJournal::LineJournal(const std::filesystem::path& path, const JournalIdentity& identity,
                                            bool restart, const std::function<bool(std::string_view contents)>& accept)
    : path_(path), file_(open(path)) {
  lock();
  read(identity, restart, accept);
  if (size_ == 0) append(heading + text_of(identity));
}

MULTIPRUNER_INLINE std::optional<JournalIdentity> LineJournal::identity_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string first;
  if (!std::getline(file, first)) return std::nullopt;
  const std::optional<std::string_view> said = contents_of(first);
  if (!said || !said->starts_with(heading)) return std::nullopt;
  return identity_of_text(said->substr(std::string_view(heading).size()));
}

MULTIPRUNER_INLINE void LineJournal::require_fitting(const std::filesystem::path& path, const JournalIdentity& known) {
  const std::optional<JournalIdentity> there = identity_in(path);
  if (!there) return;
  JournalIdentity comparable;
  for (const auto& entry : *there) {
    const bool in_both = std::ranges::find(known, entry.first, &JournalIdentity::value_type::first) != known.end();
    if (in_both) comparable.push_back(entry);
  }
  if (!differences(comparable, known).empty()) refuse(path, comparable, known);
}

MULTIPRUNER_INLINE void LineJournal::refuse(const std::filesystem::path& path, const JournalIdentity& there,
                                            const JournalIdentity& here) {
  throw DataError(path.string(), "it belongs to another run" + differences(there, here),
                  "Choose another folder, or start over with --restart");
}

MULTIPRUNER_INLINE detail::FileDescriptor LineJournal::open(const std::filesystem::path& path) {
  detail::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file) {
    throw OutputError(path.string(), "cannot be opened: " + detail::system_message(errno),
                      "Choose a folder that you may write to");
  }
  struct ::stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode)) return file;
  throw OutputError(path.string(), "is not a regular file", "Choose another folder");
}

MULTIPRUNER_INLINE void LineJournal::lock() const {
  const detail::LockOutcome outcome = detail::try_lock(file_);
  if (outcome == detail::LockOutcome::taken) return;
  if (outcome == detail::LockOutcome::held) {
    throw OutputError(path_.string(), "another process is working on it",
                      "Wait until it has finished, or choose another folder");
  }
  throw OutputError(path_.string(),
                    "cannot be locked, and two runs at once would damage it: " + detail::system_message(errno),
                    "Choose a folder on a file system that has locks, and copy the result");
}

MULTIPRUNER_INLINE void LineJournal::truncate(Index size) {
  if (::ftruncate(file_.get(), size) != 0) {
    throw OutputError(path_.string(), "cannot be cut: " + detail::system_message(errno), "Check the disk");
  }
  size_ = size;
}

MULTIPRUNER_INLINE void LineJournal::read(const JournalIdentity& identity, bool restart,
                                          const std::function<bool(std::string_view contents)>& accept) {
  const MappedFile contents(path_);
  std::string_view rest = contents.text();
  const auto file_size = static_cast<Index>(rest.size());
  if (rest.empty()) return;
  const std::string_view first = rest.substr(0, rest.find('\n'));
  require_ours(first, first.size() < rest.size(), identity, restart);
  if (restart || first.size() == rest.size()) {  // or torn while it was begun
    cut_off_ = restart ? 0 : file_size;
    return truncate(0);
  }
  size_ = static_cast<Index>(first.size()) + 1;
  Index damaged = 0;  // since the last whole line
  for (Index at = size_; at < file_size;) {
    rest = contents.text().substr(static_cast<std::size_t>(at));
    const std::string_view line = rest.substr(0, rest.find('\n'));
    at += static_cast<Index>(line.size()) + 1;
    const std::optional<std::string_view> said = line.size() < rest.size() ? contents_of(line) : std::nullopt;
    if (!said || !accept(*said)) {
      ++damaged;
      continue;
    }
    damaged_lines_ += std::exchange(damaged, 0);
    size_ = at;
  }
  cut_off_ = file_size - size_;
  if (cut_off_ > 0) truncate(size_);
}

MULTIPRUNER_INLINE std::optional<std::string_view> LineJournal::contents_of(std::string_view line) {
  if (line.size() <= digits || line[digits] != ' ') return std::nullopt;
  const std::string_view contents = line.substr(digits + 1);
  if (Fingerprint().add(contents).text() != line.substr(0, digits)) return std::nullopt;
  return contents;
}

MULTIPRUNER_INLINE void LineJournal::require_ours(std::string_view first, bool whole, const JournalIdentity& identity,
                                                  bool restart) const {
  const std::string expected = heading + text_of(identity);
  const std::string expected_line = Fingerprint().add(expected).text() + ' ' + expected;
  const bool looks_like_ours = first.size() > digits && first.substr(digits + 1).starts_with(heading);
  if (!looks_like_ours && (whole || !expected_line.starts_with(first))) {
    throw DataError(path_.string(), "it is not a journal of this program, and is left unchanged",
                    "Move it away, or choose another folder");
  }
  if (restart || !whole) return;
  const auto contents = contents_of(first);
  if (!contents) {
    throw DataError(path_.string(), "its first line is damaged, so nothing says what it belongs to",
                    "Choose another folder, or start over with --restart");
  }
  if (*contents == expected) return;
  const std::string_view there = contents->substr(std::string_view(heading).size());
  refuse(path_, identity_of_text(there), identity);
}

MULTIPRUNER_INLINE void LineJournal::append(const std::string& contents) {
  const std::string line = Fingerprint().add(contents).text() + ' ' + contents + '\n';
  const char* next = line.data();
  auto left = line.size();
  while (left > 0) {
    const auto written = ::write(file_.get(), next, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int code = errno;
      truncate(size_);
      throw OutputError(path_.string(), "cannot be written: " + detail::system_message(code),
                        "Free some space; the same command then continues from here");
    }
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  size_ += static_cast<Index>(line.size());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
