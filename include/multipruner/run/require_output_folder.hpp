// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Finds out before long work whether a folder can be written, and leaves no trace of that.
/// @param model  the folder that must not be replaced
/// @param overwrite  whether a folder that `save` made may be
/// @param kept_files  that do not count as contents
/// @throws OutputError, OptionError where it cannot be.
void require_output_folder(const std::filesystem::path& out, const std::filesystem::path& model, bool overwrite,
                           const std::vector<std::string>& kept_files = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/require_output_folder.ipp>
#endif
