// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The entries of a folder, in the order of their names, as far as it can be read.
[[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder,
                                                            std::error_code& error);

/// @throws OutputError where it cannot be read to its end.
[[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/detail/folder_entries.ipp>
#endif
