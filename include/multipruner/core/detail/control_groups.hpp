// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Bytes that the control groups of this process still allow it, the tightest of all ancestors; nothing where none has
/// a limit. Page cache counts as free, as in MemAvailable.
/// @param root  below which /proc and the mounts lie
[[nodiscard]] std::optional<Index> left_in_control_groups(const std::filesystem::path& root = "/");

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/detail/control_groups.ipp>
#endif
