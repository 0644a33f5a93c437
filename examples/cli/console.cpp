// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string>
#include <system_error>

#include <unistd.h>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_file.hpp>

namespace multipruner::cli {

Console::Console(const CommonOptions& options)
    : quiet_(options.quiet), json_(options.json), progress_(!options.quiet && ::isatty(STDERR_FILENO) == 1) {}

void Console::print(std::string_view text) {
  if (!json_) write(text);
}

void Console::note(std::string_view line) {
  if (!quiet_) print(std::string(line) + "\n");
}

void Console::note(std::string_view topic, std::string_view text) {
  std::string line(topic);
  line.resize(std::max<std::size_t>(line.size() + 1, 13), ' ');
  note(line.append(text));
}

void Console::warn(std::string_view text) {
  progress_.clear();
  std::fprintf(stderr, "multipruner: warning: %.*s\n", static_cast<int>(text.size()), text.data());
  warnings_.emplace_back(text);
}

void Console::print_json(nlohmann::ordered_json json) {
  if (!warnings_.empty()) json["warnings"] = warnings_;
  write(to_json_text(json));
}

bool Console::reader_is_gone() const {
  return error_ == EPIPE;
}

void Console::finish() {
  progress_.clear();
  if (error_ == 0 || reader_is_gone()) return;
  throw OutputError("standard output", "cannot be written: " + std::generic_category().message(error_),
                    "Send it somewhere else");
}

void Console::write(std::string_view text) {
  progress_.clear();
  if (error_ != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    error_ = errno != 0 ? errno : EIO;
  }
}

}  // namespace multipruner::cli
