// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// The smaller model that a view describes, in memory of its own: narrowed tensors are copied, removed blocks are gone
/// (their norms stay, as in the released MultiPruner extraction). Scalar types are kept.
///
/// A forward pass over the result gives the bits of a forward pass over the view.
/// @param scratch_folder where given, the copies lie in a file there and not in memory (`WeightMemory`).
[[nodiscard]] Graph extract(const ModelView& view, const std::filesystem::path& scratch_folder = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/extract.ipp>
#endif
