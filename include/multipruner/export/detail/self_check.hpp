// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Reads back what an exporter has written, and compares its logits with the model's on one window of tokens.
/// @param tolerance  the largest difference of a logit, as a share of the largest logit
/// @throws OutputError, naming the format, where it cannot be read, or computes something else.
void check_export(const ModelView& view, const std::function<Graph(const std::filesystem::path&)>& read_back,
                  const std::filesystem::path& folder, std::string_view format, double tolerance);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/self_check.ipp>
#endif
