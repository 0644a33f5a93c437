// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/export/exporter.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/run/registry.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A format in which a run writes the smaller model.
struct ModelFormat {
  std::string name = "multipruner";

  /// Writes the folder: `save_as` of an Exporter.
  std::function<void(const ModelView& model, const std::filesystem::path& folder, const SaveOptions& options,
                     ProgressSink& progress)>
      save{};
};

/// The format of an Exporter, for a registry, under its name.
template <Exporter E>
[[nodiscard]] ModelFormat model_format(E exporter) {
  return {.name = std::string(E::name),
          .save = [exporter = std::move(exporter)](const ModelView& model, const std::filesystem::path& folder,
                                                   const SaveOptions& options, ProgressSink& progress) {
            save_as(exporter, model, folder, options, progress);
          }};
}

/// The one that ships: multipruner, the layout of MultiPruner's extraction (`HuggingFaceLayout`).
[[nodiscard]] Registry<ModelFormat> shipped_model_formats();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/model_format.ipp>
#endif
