// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr const char* statistics_format = "multipruner statistics 2";

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Writes statistics into one safetensors file, with their origin. It appears when it is complete. Last tokens of
/// layers are not kept: they are quickly gathered again.
/// @throws OutputError where it cannot be written.
void save_statistics(const std::filesystem::path& path, const ModelStatistics& statistics);

/// Reads what save_statistics wrote. The model has to be the one, and the text, that they were gathered from.
/// @throws FileError for a damaged file; DataError where it holds statistics of another model or text, or in another
/// compute type, or numbers that such statistics cannot have.
[[nodiscard]] ModelStatistics load_statistics(const std::filesystem::path& path, const ModelView& view,
                                              const TokenWindows& windows,
                                              simd::Compute compute = simd::Compute::float32);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/statistics_file.ipp>
#endif
