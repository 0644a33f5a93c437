#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <multipruner/core/fingerprint.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner {

/// What a journal belongs to, in words: pairs of a name and a value, e.g. {"weights", "3f1c…"}. Costs of one journal
/// are those of another run only if all are equal.
using JournalIdentity = std::vector<std::pair<std::string, std::string>>;

/// Measured costs in a file, so that a run that was killed, or another run on the same model and text, does not measure
/// them again.
///
/// The file only grows. A line is `checksum contents`: first the identity, then one line for every plan and part of the
/// windows, `set first_window widths costs` with `turn N` before it in all turns but the first, costs as the
/// hexadecimal bits of doubles. Lines at the end that were torn or damaged are cut off when the file is opened. While a
/// journal is open, no other process can open it.
class CostJournal final : public CostMemory {
 public:
  /// Opens a journal, or begins one where there is none or `restart` is set.
  /// @throws OutputError if the file cannot be written or another process has it open
  /// @throws DataError if it belongs to something else; the message says to what.
  CostJournal(const std::filesystem::path& path, const JournalIdentity& identity, bool restart = false)
      : path_(path), file_(open(path)) {
    lock();
    if (restart) truncate(0);
    read(identity);
    if (size_ == 0) append("multipruner-journal " + text_of(identity));
  }

  [[nodiscard]] bool find(const CostKey& key, std::span<double> costs) const override {
    const auto known = costs_.find(text_of(key));
    if (known == costs_.end() || known->second.size() != costs.size()) return false;
    std::ranges::copy(known->second, costs.begin());
    return true;
  }

  void add(const CostKey& key, std::span<const double> costs) override {
    const std::string name = text_of(key);
    std::string line = name;
    for (const double cost : costs) {
      line += line.size() == name.size() ? ' ' : ',';
      line += hexadecimal(std::bit_cast<std::uint64_t>(cost));
    }
    append(line);
    costs_.insert_or_assign(name, std::vector<double>(costs.begin(), costs.end()));
  }

  /// How many costs were there when the journal was opened.
  [[nodiscard]] Index found() const { return found_; }

  /// How many bytes at its end were damaged and have been cut off.
  [[nodiscard]] Index bytes_cut_off() const { return cut_off_; }

 private:
  static detail::FileDescriptor open(const std::filesystem::path& path) {
    detail::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (file) return file;
    throw OutputError(path.string(), "cannot be opened: " + detail::system_message(errno),
                      "Choose a folder that you may write to");
  }

  void lock() const {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 || errno == ENOTSUP || errno == ENOLCK) return;
    throw OutputError(path_.string(), "another process is working on it",
                      "Wait until it has finished, or choose another folder");
  }

  void truncate(Index size) {
    if (::ftruncate(file_.get(), size) != 0) {
      throw OutputError(path_.string(), "cannot be cut: " + detail::system_message(errno), "Check the disk");
    }
    size_ = size;
  }

  void read(const JournalIdentity& identity) {
    const MappedFile contents(path_);
    const std::string_view text = contents.text();
    while (size_ < static_cast<Index>(text.size())) {
      const auto rest = text.substr(static_cast<std::size_t>(size_));
      const auto line = rest.substr(0, rest.find('\n'));
      const bool whole = line.size() < rest.size();
      if (!whole || !accept(line, identity)) break;
      size_ += static_cast<Index>(line.size()) + 1;
    }
    cut_off_ = static_cast<Index>(text.size()) - size_;
    found_ = static_cast<Index>(costs_.size());
    if (cut_off_ > 0) truncate(size_);
  }

  /// Takes a line in; false if it is damaged.
  bool accept(std::string_view line, const JournalIdentity& identity) {
    constexpr std::size_t digits = 16;
    if (line.size() <= digits || line[digits] != ' ') return false;
    const std::string_view contents = line.substr(digits + 1);
    if (Fingerprint().add(contents).text() != line.substr(0, digits)) return false;
    if (size_ == 0) return check(contents, identity), true;
    const std::size_t end_of_name = contents.rfind(' ');
    std::vector<double> costs;
    for (std::size_t at = end_of_name + 1; at < contents.size(); at += digits + 1) {
      std::uint64_t bits = 0;
      const char* const first = contents.data() + at;
      if (at + digits > contents.size() || std::from_chars(first, first + digits, bits, 16).ptr != first + digits) {
        return false;
      }
      costs.push_back(std::bit_cast<double>(bits));
    }
    costs_.insert_or_assign(std::string(contents.substr(0, end_of_name)), std::move(costs));
    return true;
  }

  void check(std::string_view contents, const JournalIdentity& identity) const {
    if (contents == "multipruner-journal " + text_of(identity)) return;
    std::string differences;
    for (const auto& [name, value] : identity) {
      if (contents.find(text_of(name, value)) != std::string_view::npos) continue;
      differences += differences.empty() ? ": other " : ", ";
      differences += name;
    }
    throw DataError(path_.string(), "it belongs to another run" + differences,
                    "Choose another folder, or begin anew with --restart");
  }

  void append(const std::string& contents) {
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

  static std::string text_of(std::string_view name, std::string_view value) {
    return std::string(name).append("=").append(value).append(";");
  }

  static std::string text_of(const JournalIdentity& identity) {
    std::string text;
    for (const auto& [name, value] : identity) text += text_of(name, value);
    return text;
  }

  static std::string text_of(const CostKey& key) {
    std::string text = key.turn == 0 ? "" : "turn " + std::to_string(key.turn) + ' ';
    text.append(key.set == CalibrationSet::block ? "block " : "width ").append(std::to_string(key.first_window));
    for (Index position = 0; position < key.plan->num_blocks(); ++position) {
      text += (position == 0 ? ' ' : ',') + std::to_string(key.plan->width(block_at(position)));
    }
    return text;
  }

  std::filesystem::path path_;
  detail::FileDescriptor file_;
  std::unordered_map<std::string, std::vector<double>> costs_;
  Index size_ = 0, found_ = 0, cut_off_ = 0;
};

}  // namespace multipruner
