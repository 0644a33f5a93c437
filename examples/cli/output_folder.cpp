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
  const StagedDirectory trial(out, staging_options(overwrite, kept_files));
}

}  // namespace multipruner::cli
