// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Options of SliceGpt.
struct SliceGptOptions {
  double ratio = 20;  ///< target, percent of the whole model's parameters: the widest stream that reaches it
  std::optional<double> slicing{};  ///< percent of the stream's channels that go, instead of the ratio
  Index multiple = 8;     ///< the stream keeps a multiple of so many channels, the largest that the target allows
  double damping = 0.01;  ///< λ / mean(diag M), added to the diagonal of second moments, as in the released code; of
                          ///< the axes it changes rounding alone
  /// Turn the channels that are kept by a random orthogonal matrix, as the released code does by default: it changes no
  /// function, and makes all channels about equally large.
  bool random_rotation = false;
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;  ///< tokens that go through a block together; bounds memory, changes no bit
  /// Where given, the new model lies in a file there and not in memory (`WeightMemory`).
  std::filesystem::path scratch_folder = {};
};

/// A model whose stream is sliced to `width` channels, with a shortcut around every block that a plan leaves; the last
/// of these writes the whole stream. @param config  of a model whose stream has one width
/// @throws OptionError for a width that the stream does not have, and where the plan leaves no block.
[[nodiscard]] ModelConfig sliced_config(const ModelConfig& config, const Plan& plan, Index width);

/// Channels that options leave of the stream: for a ratio the most with which parameters, shortcuts and norms included,
/// are at most what it leaves, or the fewest there are where none reach it.
/// @throws OptionError for options that cannot work; as sliced_config.
[[nodiscard]] Index sliced_width(const ModelConfig& config, const Plan& plan, const SliceGptOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/slice_gpt_options.ipp>
#endif
