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
  const std::filesystem::path folder(out);
  std::error_code ignored;
  const bool unfinished = has_only_kept_files(folder, kept_files);
  const bool filled =
      std::filesystem::is_directory(folder, ignored) && !std::filesystem::is_empty(folder, ignored) && !unfinished;
  if (filled && overwrite && !std::filesystem::exists(folder / "multipruner.json", ignored)) {
    throw OutputError(out, "--overwrite replaces only folders that this program made, and this is none",
                      "Choose another folder, or remove this one yourself");
  }
  const auto source = std::filesystem::weakly_canonical(model, ignored);
  const auto target = std::filesystem::weakly_canonical(folder, ignored);
  if (!target.empty() &&
      std::mismatch(target.begin(), target.end(), source.begin(), source.end()).first == target.end()) {
    throw OptionError("--out", "is the folder of the model itself, or one around it", "Choose another folder");
  }
  const InterruptibleWork work;
  const StagedDirectory trial(folder, {.overwrite = overwrite || unfinished});
}

}  // namespace multipruner::cli
