// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <sys/types.h>

#include "console.hpp"
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/run/text_windows.hpp>

namespace multipruner::cli {

/// Whether a text comes from standard input ("-"), or from a pipe or another thing that can be read only once.
[[nodiscard]] bool is_stream(const std::string& name);

/// How output calls a text: the name of its file without the path, "standard input", or "a pipe".
[[nodiscard]] std::string text_name(const std::string& name);

/// Reads the texts that options name: files, also such as gzip has compressed, pipes, and standard input as "-". What
/// can be read only once is kept, so that two options, or two models, may ask for it.
class TextFiles {
 public:
  /// @param console  is told where rows are conversations, and what becomes of them.
  explicit TextFiles(Console& console) : console_(console) {}

  /// @throws Error as read_text_dataset, and FileError where what is compressed cannot be unpacked.
  [[nodiscard]] TextDataset read(const std::string& name, std::optional<TextFormat> format = std::nullopt);

  /// Whether conversations are put into a chat template, as the console is told.
  void set_has_template(bool has_template) { has_template_ = has_template; }

  /// Reads in the same way, as long as this lives.
  [[nodiscard]] TextReader reader() {
    return [this](const std::string& name, std::optional<TextFormat> format) { return read(name, format); };
  }

 private:
  using Identity = std::pair<::dev_t, ::ino_t>;

  const std::string& stream(const std::string& name);
  void note_conversations(const std::string& name, const TextDataset& dataset);

  Console& console_;
  std::map<Identity, std::string> streams_;
  std::set<std::string> noted_;
  bool has_template_ = false;
};

}  // namespace multipruner::cli
