// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include <multipruner/calibration/token_memory.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// What a model writes to be calibrated on.
struct GeneratedWindowsOptions {
  Index count = 64;           ///< windows
  Index length = 2048;        ///< tokens a window
  std::uint64_t seed = 42;    ///< window i depends on this, i and the model alone
  double temperature = 1;     ///< of drawing, above 0; 1 draws as the model has learned
  Index windows_a_pass = 32;  ///< are written side by side; bounds memory, changes no token
  simd::Compute compute = simd::Compute::float32;
  TokenMemory* memory = nullptr;  ///< from which windows go on that were begun before; or null. Changes no token
};

/// Bytes that each of the windows takes that are written side by side: its keys and values, and a row of logits.
[[nodiscard]] Index generated_window_bytes(const ModelView& view, Index length);

/// Windows of text that the model writes itself, for where calibration text is narrow or scarce: drawn token by token
/// from the model's own distribution, over ends of text, so that they are as wide as what it was trained on. The idea
/// of LLM-QAT (arXiv 2305.17888, section 3.1), without its greedy beginning.
///
/// Memory besides the weights: `generated_window_bytes` for each window of a pass. Time: as generating so many
/// tokens, `windows_a_pass` of them with one pass over the weights.
///
/// @param first_tokens  of which each window begins with one, drawn evenly; for example a calibration text's
/// @throws OptionError without any of them, or for an option out of range; DataError for a token outside the
/// vocabulary, or logits that are not finite.
[[nodiscard]] TokenWindows generate_windows(const ModelView& view, std::span<const TokenId> first_tokens,
                                            const GeneratedWindowsOptions& options = {},
                                            ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/generate_windows.ipp>
#endif
