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

/// Llama-like models whose layers differ, as Nemotron-NAS models do: DeciLMForCausalLM with an entry of `block_configs`
/// for every layer, which vLLM, SGLang and mlx-lm read. For transformers, which needs `trust_remote_code`, two files
/// that make such a model of its Llama are written beside it. `load` reads it (`Deci`).
///
/// The file has the layers of `repack`; attention or MLP of a layer may be missing, but for the attention of the first.
/// All layers have the number of query heads of the unpruned model: those that are gone are zeros, and so are key/value
/// heads where their number does not divide that of query heads. MLPs are padded with zeros to multiples of 256, the
/// widths that `ffn_mult` stands for.
struct HuggingFaceDeci {
  static constexpr std::string_view name = "hf-deci";

  Index max_shard_bytes = 5'000'000'000;  ///< see CheckpointOptions

  /// Whether MLPs are as wide as the plan leaves them, and `intermediate_size` stands in place of `ffn_mult`: vLLM,
  /// transformers and `load` read that; SGLang and mlx-lm do not.
  bool exact_widths = false;

  /// @throws OptionError as HuggingFaceHull; also for families that are no Llama (llama, mistral, qwen2 and
  /// nemotron-nas are), and sliding windows.
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

static_assert(ReadableExporter<HuggingFaceDeci>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/hugging_face_deci.ipp>
#endif
