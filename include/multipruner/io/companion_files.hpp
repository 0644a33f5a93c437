// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The files of a model besides its weights: config.json, tokenizer, chat template, licence. They lie in a folder, or
/// are made of what another format has in their place, each when it is asked for.
class CompanionFiles {
 public:
  /// The text of a file.
  using Maker = std::function<std::string()>;

  /// None.
  CompanionFiles() = default;

  /// All files of a folder.
  CompanionFiles(std::filesystem::path folder) : place_(std::move(folder)) {}  // NOLINT: a folder is its files

  /// Files that are made. @param source  what they are made of, for errors @param makers  by name
  CompanionFiles(std::filesystem::path source, std::map<std::string, Maker> makers)
      : place_(std::move(source)), makers_(std::move(makers)) {}

  /// Whether there is neither a folder nor another source.
  [[nodiscard]] bool empty() const { return place_.empty(); }

  /// In the order of their names. @throws FileError where the folder cannot be read.
  [[nodiscard]] std::vector<std::string> names() const;

  [[nodiscard]] bool contains(const std::string& name) const;

  /// @throws FileError where there is no such file, or it cannot be read; what makers throw.
  [[nodiscard]] std::string text(const std::string& name) const;

  /// What errors call a file.
  [[nodiscard]] std::string where(const std::string& name) const { return (place_ / name).string(); }

  /// Writes a file under its own name into a folder. @throws OutputError where that fails; what makers throw.
  void copy(const std::string& name, const std::filesystem::path& to) const;

 private:
  std::filesystem::path place_;
  std::map<std::string, Maker> makers_;  ///< empty: they lie in the folder
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/companion_files.ipp>
#endif
