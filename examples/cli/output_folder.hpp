// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace multipruner::cli {

/// Finds out before long work whether a folder can be written, and leaves no trace of that, also if it is interrupted.
/// @param model  the folder that must not be replaced
/// @param overwrite  whether a folder that this program made may be
/// @param kept_files  that do not count as contents
/// @throws OutputError, OptionError where it cannot be.
void check_output_folder(const std::string& out, const std::string& model, bool overwrite,
                         const std::vector<std::string>& kept_files = {});

}  // namespace multipruner::cli
