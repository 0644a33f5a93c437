// SPDX-License-Identifier: MIT
#include "output_folder.hpp"

#include "interruption.hpp"
#include <multipruner/run/require_output_folder.hpp>

namespace multipruner::cli {

void check_output_folder(const std::string& out, const std::string& model, bool overwrite,
                         const std::vector<std::string>& kept_files) {
  const InterruptibleWork work;
  require_output_folder(out, model, overwrite, kept_files);
}

}  // namespace multipruner::cli
