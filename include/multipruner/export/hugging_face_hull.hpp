// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/exporter.hpp>
#include <multipruner/export/padding_report.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// A dense model of the family that was pruned, for everything that reads one: transformers, vLLM, converters. All of
/// its layers are alike, so the file has the layers of `repack`, each as wide as the widest: narrower blocks are padded
/// with zeros, and blocks that are missing in a layer are zeros. That changes no logit. A plan that leaves layers that
/// are alike is written as it is, and so is a plan that removes whole layers.
///
/// Families whose configuration transformers checks for it (Llama, Gemma 2 and 3) need as many heads as divide
/// hidden_size: there, heads are padded to the next such number.
struct HuggingFaceHull {
  static constexpr std::string_view name = "hf";

  Index max_shard_bytes = 5'000'000'000;  ///< see CheckpointOptions

  /// Whether attention has all heads of the unpruned model, those that are gone as zeros: for engines that take
  /// hidden_size / num_attention_heads for the size of a head whatever `head_dim` says, as vLLM does of Qwen 2.
  bool all_heads = false;

  /// Layers keep windows and positions of their own (`layer_types`, `no_rope_layers`). Heads that know their positions
  /// by ALiBi keep their places: all of them are written.
  ///
  /// @throws OptionError where heads with ALiBi were reordered, or attention of which q and k are normed as a whole has
  /// lost heads in some layers and not in others; where blocks are not attention and gated MLPs, heads or biases differ
  /// between layers, the residual stream was sliced, the graph did not come from a model folder, or config.json has an
  /// entry by layer that cannot be taken over.
  void require_exportable(const ModelView& view) const;

  /// What the zeros cost. @throws OptionError as above.
  [[nodiscard]] PaddingReport padding(const ModelView& view) const;

  [[nodiscard]] Index bytes(const ModelView& view) const;

  /// @throws OutputError where something cannot be written, FileError where the source is gone.
  void write(const ModelView& view, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
             const WriteObserver& on_written) const;

  /// The model that was written, for comparison. @throws as `load`.
  [[nodiscard]] Graph read_back(const std::filesystem::path& folder) const;

  [[nodiscard]] double tolerance() const { return lossless_tolerance; }
};

static_assert(ReadableExporter<HuggingFaceHull>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/hugging_face_hull.ipp>
#endif
