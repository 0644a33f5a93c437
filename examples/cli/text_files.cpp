// SPDX-License-Identifier: MIT
#include "text_files.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gunzip.hpp"
#include <multipruner/core/posix.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::cli {

namespace {

constexpr const char* standard_input = "-";

/// What the system knows of a text; nothing if it is not there.
std::optional<struct ::stat> status_of(const std::string& name) {
  struct ::stat status {};
  const int failure = name == standard_input ? ::fstat(STDIN_FILENO, &status) : ::stat(name.c_str(), &status);
  return failure == 0 ? std::optional(status) : std::nullopt;
}

/// The name in errors, by which the format is found out, too.
std::string where_of(const std::string& name) {
  return name == standard_input ? "standard input" : name;
}

/// Reads to the end. @throws FileError
std::string read_all(int file, const std::string& where) {
  constexpr std::size_t most = std::size_t{4} << 30U;
  std::vector<char> buffer(std::size_t{1} << 18U);
  std::string content;
  for (;;) {
    const ::ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileError(where, "cannot be read: " + detail::system_message(errno), "Give a file, or a pipe");
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > most) {
      throw FileError(where, "it is longer than " + std::to_string(most >> 30U) + " GiB", "Give less text");
    }
  }
}

}  // namespace

bool is_stream(const std::string& name) {
  if (name == standard_input) return true;
  const auto status = status_of(name);
  return status && !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode);
}

std::string text_name(const std::string& name) {
  if (name == standard_input || name == "/dev/stdin") return "standard input";
  if (is_stream(name)) return "a pipe";
  std::error_code error;
  const std::filesystem::path path = std::filesystem::weakly_canonical(name, error);
  return (error ? std::filesystem::path(name) : path).filename().string();
}

TextDataset TextFiles::read(const std::string& name, std::optional<TextFormat> format) {
  std::optional<MappedFile> file;
  if (!is_stream(name)) file.emplace(name);
  std::string_view content = file ? file->text() : stream(name);
  const std::string where = where_of(name);
  std::string unpacked;
  if (is_gzip(content)) content = unpacked = gunzip(content, where);
  TextDataset dataset = parse_text_dataset(content, where, format);
  note_conversations(name, dataset);
  return dataset;
}

const std::string& TextFiles::stream(const std::string& name) {
  const auto status = status_of(name);
  if (!status) throw FileError(where_of(name), "is closed", "Give it a text, e.g. with < FILE");
  const auto identity_of = [](const struct ::stat& facts) { return Identity{facts.st_dev, facts.st_ino}; };
  const Identity identity = identity_of(*status);
  if (const auto known = streams_.find(identity); known != streams_.end()) return known->second;
  const auto read_from = [&](int file) -> const std::string& {
    return streams_.emplace(identity, read_all(file, where_of(name))).first->second;
  };
  // To open a named pipe anew, as /dev/stdin does, waits for another writer, and the one there was may have gone.
  const auto input = status_of(standard_input);
  if (input && identity_of(*input) == identity) return read_from(STDIN_FILENO);
  const detail::FileDescriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC)};  // waits for whoever writes
  if (file) return read_from(file.get());
  throw FileError(name, "cannot be opened: " + detail::system_message(errno), "Check the path and its permissions");
}

void TextFiles::note_conversations(const std::string& name, const TextDataset& dataset) {
  if (dataset.conversations.empty() || !noted_.insert(name).second) return;
  console_.note("note", grouped_text(static_cast<Index>(dataset.conversations.size())) + " of " +
                            grouped_text(dataset.size()) + " rows of " + text_name(name) + " are conversations: " +
                            (has_template_ ? "put into the model's chat template"
                                           : "read as lines \"role: text\", without a chat template"));
}

}  // namespace multipruner::cli
