// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <system_error>

#include <multipruner/core/error.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/run/require_output_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void require_output_folder(const std::filesystem::path& out, const std::filesystem::path& model,
                                              bool overwrite, const std::vector<std::string>& kept_files) {
  std::error_code ignored;
  const auto source = std::filesystem::weakly_canonical(find_model(model), ignored);
  const auto target = std::filesystem::weakly_canonical(out, ignored);
  if (!target.empty() &&
      std::mismatch(target.begin(), target.end(), source.begin(), source.end()).first == target.end()) {
    throw OptionError("--out", "is the folder of the model itself, or one around it", "Choose another folder");
  }
  try {
    const StagedDirectory trial(out, staging_options(overwrite, kept_files));
  } catch (const OutputError& error) {
    if (!error.problem().starts_with("is not empty")) throw;
    const bool is_ours = std::filesystem::exists(out / model_marker, ignored);
    throw OutputError(out.string(), error.problem(),
                      is_ours ? "Choose another folder, or replace this one with --overwrite"
                              : "Choose another folder: --overwrite replaces only those that this program made");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
