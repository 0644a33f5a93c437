// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @param problem  what cannot be done where the stream is sliced @param remedy  what to do instead
/// @throws UnsupportedError naming the first block that the stream goes around through a shortcut
void require_unsliced(const ModelConfig& config, const std::string& problem, const std::string& remedy);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/require_unsliced.ipp>
#endif
