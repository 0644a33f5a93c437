// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/detail/stage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// After which a stage inside its own target is named.
inline constexpr const char* inner_name = "multipruner";

/// Whether another folder may be renamed to the place of this one, as far as that can be known before it is tried.
[[nodiscard]] bool can_be_renamed_over(const std::filesystem::path& folder);

/// Whether an entry of a folder that is filled in place is no part of its contents: a stage, or lost+found, which
/// belongs to the file system.
[[nodiscard]] bool is_no_content(const std::string& name);

/// Fills a folder that cannot be replaced as a whole with what was written in a stage inside of it.
///
/// The stage tells how far that is: `contents` is being written; `complete` is complete, and what it replaces goes
/// away; `placing` moves in. From `complete` on, whoever comes after a kill can finish it, and does.
class InPlaceFilling {
 public:
  /// @param marker  the entry that goes away first and comes in last, so that nothing half filled has it
  /// @param kept_files  that stay as they are
  InPlaceFilling(std::filesystem::path target, std::string marker, std::vector<std::string> kept_files)
      : target_(std::move(target)), marker_(std::move(marker)), kept_files_(std::move(kept_files)) {}

  /// Fills it. @throws OutputError; what cannot be finished now, the next run can.
  void fill(Stage& stage) const;

  /// Finishes what a killed process had begun, `kept_files` being those of that process.
  /// @returns whether it had come so far that there was something to finish.
  static bool resume(const std::filesystem::path& target, const std::string& marker, Stage& stage);

 private:
  static constexpr const char *complete_name = "complete", *placing_name = "placing", *note_name = "note";

  /// The kept files, each with a zero behind it.
  [[nodiscard]] std::string note() const;

  static void step(const Stage& stage, const char* from, const char* to);

  void finish(Stage& stage) const;

  void place(const std::filesystem::path& from) const;

  void clear() const;

  std::filesystem::path target_;
  std::string marker_;
  std::vector<std::string> kept_files_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/detail/fill_in_place.ipp>
#endif
