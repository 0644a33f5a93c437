// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/exporter.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// The layout of MultiPruner's own extraction: sliced tensors under their original names in their original scalar type,
/// `pruning_config.json`, and the unchanged config.json and tokenizer files of the source. `load` reads it again.
struct HuggingFaceLayout {
  static constexpr std::string_view name = "multipruner";

  /// @throws OptionError if the graph did not come from a model folder, or its family has no name for a shortcut.
  void require_exportable(const ModelView& view) const;

  [[nodiscard]] Index bytes(const ModelView& view) const;

  /// @throws OutputError where something cannot be written, FileError where the source is gone.
  void write(const ModelView& view, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
             const WriteObserver& on_written) const;
};

static_assert(Exporter<HuggingFaceLayout>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/hugging_face_layout.ipp>
#endif
