// SPDX-License-Identifier: MIT
#include "output_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "interruption.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/staged_directory.hpp>

namespace multipruner::cli {

void check_output_folder(const std::string& out, const std::string& model, bool overwrite,
                         const std::vector<std::string>& kept_files) {
  std::error_code ignored;
  const auto source = std::filesystem::weakly_canonical(model, ignored);
  const auto target = std::filesystem::weakly_canonical(out, ignored);
  if (!target.empty() &&
      std::mismatch(target.begin(), target.end(), source.begin(), source.end()).first == target.end()) {
    throw OptionError("--out", "is the folder of the model itself, or one around it", "Choose another folder");
  }
  const InterruptibleWork work;
  try {
    const StagedDirectory trial(out, staging_options(overwrite, kept_files));
  } catch (const OutputError& error) {
    if (!error.problem().starts_with("is already filled")) throw;
    const bool is_ours = std::filesystem::exists(std::filesystem::path(out) / "multipruner.json", ignored);
    throw OutputError(out, error.problem(),
                      is_ours ? "Choose another folder, or replace this one with --overwrite"
                              : "Choose another folder: --overwrite replaces only those that this program made");
  }
}

}  // namespace multipruner::cli
