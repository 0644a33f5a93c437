// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <multipruner/core/file_lock.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/report/detail/log_names.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE CostJournal::CostJournal(const std::filesystem::path& path, const JournalIdentity& identity,
                                            bool restart)
    : path_(path), file_(open(path)) {
  lock();
  read(identity, restart);
  if (size_ == 0) append(heading + text_of(identity));
}

MULTIPRUNER_INLINE bool CostJournal::find(const CostKey& key, std::span<double> costs) const {
  const auto known = costs_.find(name_of(key));
  if (known == costs_.end() || known->second.size() != costs.size()) return false;
  std::ranges::copy(known->second, costs.begin());
  return true;
}

MULTIPRUNER_INLINE void CostJournal::add(const CostKey& key, std::span<const double> costs) {
  const std::string name = name_of(key);
  std::string line = name;
  for (const double cost : costs) {
    line += line.size() == name.size() ? ' ' : ',';
    line += hexadecimal(std::bit_cast<std::uint64_t>(cost));
  }
  append(line);
  costs_.insert_or_assign(name, std::vector<double>(costs.begin(), costs.end()));
}

MULTIPRUNER_INLINE detail::FileDescriptor CostJournal::open(const std::filesystem::path& path) {
  detail::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666));
  if (!file) {
    throw OutputError(path.string(), "cannot be opened: " + detail::system_message(errno),
                      "Choose a folder that you may write to");
  }
  struct ::stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode)) return file;
  throw OutputError(path.string(), "is no ordinary file", "Choose another folder");
}

MULTIPRUNER_INLINE void CostJournal::lock() const {
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

MULTIPRUNER_INLINE void CostJournal::truncate(Index size) {
  if (::ftruncate(file_.get(), size) != 0) {
    throw OutputError(path_.string(), "cannot be cut: " + detail::system_message(errno), "Check the disk");
  }
  size_ = size;
}

MULTIPRUNER_INLINE void CostJournal::read(const JournalIdentity& identity, bool restart) {
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
    if (line.size() == rest.size() || !accept(line)) {
      ++damaged;
      continue;
    }
    damaged_lines_ += std::exchange(damaged, 0);
    size_ = at;
  }
  cut_off_ = file_size - size_;
  found_ = static_cast<Index>(costs_.size());
  if (cut_off_ > 0) truncate(size_);
}

MULTIPRUNER_INLINE std::optional<std::string_view> CostJournal::contents_of(std::string_view line) {
  if (line.size() <= digits || line[digits] != ' ') return std::nullopt;
  const std::string_view contents = line.substr(digits + 1);
  if (Fingerprint().add(contents).text() != line.substr(0, digits)) return std::nullopt;
  return contents;
}

MULTIPRUNER_INLINE void CostJournal::require_ours(std::string_view first, bool whole, const JournalIdentity& identity,
                                                  bool restart) const {
  const std::string expected = heading + text_of(identity);
  const std::string expected_line = Fingerprint().add(expected).text() + ' ' + expected;
  const bool looks_like_ours = first.size() > digits && first.substr(digits + 1).starts_with(heading);
  if (!looks_like_ours && (whole || !expected_line.starts_with(first))) {
    throw DataError(path_.string(), "it is no journal of this program, and is left as it is",
                    "Move it away, or choose another folder");
  }
  if (restart || !whole) return;
  const auto contents = contents_of(first);
  if (!contents) {
    throw DataError(path_.string(), "its first line is damaged, so that nothing says what its costs are of",
                    "Choose another folder, or begin anew with --restart");
  }
  if (*contents == expected) return;
  const std::string_view there = contents->substr(std::string_view(heading).size());
  throw DataError(path_.string(), "it belongs to another run" + differences(identity_of_text(there), identity),
                  "Choose another folder, or begin anew with --restart");
}

MULTIPRUNER_INLINE bool CostJournal::accept(std::string_view line) {
  const auto contents = contents_of(line);
  if (!contents) return false;
  const std::size_t end_of_name = contents->rfind(' ');
  if (end_of_name == std::string_view::npos) return false;
  std::vector<double> costs;
  for (std::string_view rest = contents->substr(end_of_name); !rest.empty(); rest.remove_prefix(digits + 1)) {
    std::uint64_t bits = 0;
    const bool separated = rest.front() == (costs.empty() ? ' ' : ',');
    const char *const first = rest.data() + 1, *const last = first + digits;
    if (!separated || rest.size() <= digits || std::from_chars(first, last, bits, 16).ptr != last) return false;
    costs.push_back(std::bit_cast<double>(bits));
  }
  costs_.insert_or_assign(std::string(contents->substr(0, end_of_name)), std::move(costs));
  return true;
}

MULTIPRUNER_INLINE void CostJournal::append(const std::string& contents) {
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
                        "Free some space; the same command then goes on from here");
    }
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  size_ += static_cast<Index>(line.size());
}

MULTIPRUNER_INLINE std::string CostJournal::name_of(const CostKey& key) {
  std::string text = key.start == 0 ? "" : "start " + hexadecimal(key.start) + ' ';
  if (key.source != 0) text += "source " + hexadecimal(key.source) + ' ';
  text.append(key.samples).append(" ").append(std::to_string(key.first_window));
  for (Index position = 0; position < key.plan->num_blocks(); ++position) {
    text += (position == 0 ? ' ' : ',') + detail::width_text(key.plan->choice({position}), *key.plan, {position});
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
