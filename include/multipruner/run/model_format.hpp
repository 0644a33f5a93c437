// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/export/exporter.hpp>
#include <multipruner/export/padding_report.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/run/format_structure.hpp>
#include <multipruner/run/registry.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A format in which a run writes the smaller model.
struct ModelFormat {
  std::string name = "multipruner";

  /// Writes the folder: `save_as` of an Exporter.
  std::function<void(const ModelView& model, const std::filesystem::path& folder, const SaveOptions& options,
                     ProgressSink& progress)>
      save{};

  /// The same with what a spec says of it; empty: there is nothing to say. @throws OptionError
  std::function<ModelFormat(const RunSpec& spec)> with{};

  /// What zeros it adds to a model to be able to hold it; empty: none.
  std::function<PaddingReport(const ModelView& model)> padding{};

  /// What it holds of a model without padding; empty: everything.
  std::function<FormatStructure(const ModelConfig& config)> structure{};

  /// Whether models that it does not hold are padded until it does. Others are refused: a run that writes this format
  /// has it for a target, unless it has another one.
  bool pads = true;

  /// Whether it has weights; otherwise it tells what stays of the dense model, and nothing may be solved again.
  bool has_weights = true;

  /// Refuses, with an OptionError, a model of which it cannot hold any plan; empty: there is none such.
  std::function<void(const ModelView& dense)> require{};
};

/// The format of an Exporter, for a registry, under its name.
template <Exporter E>
[[nodiscard]] ModelFormat model_format(E exporter) {
  ModelFormat format{.name = std::string(E::name)};
  if constexpr (requires(const ModelView& model) { exporter.padding(model); }) {
    format.padding = [exporter](const ModelView& model) { return exporter.padding(model); };
  }
  format.require = [exporter](const ModelView& dense) { exporter.require_exportable(dense); };
  format.save = [exporter = std::move(exporter)](const ModelView& model, const std::filesystem::path& folder,
                                                 const SaveOptions& options, ProgressSink& progress) {
    save_as(exporter, model, folder, options, progress);
  };
  return format;
}

/// Those that ship: multipruner, the layout of MultiPruner's extraction (`HuggingFaceLayout`), hf (`HuggingFaceHull`),
/// hf-deci (`HuggingFaceDeci`), gguf (`GgufExporter`) and mergekit (`Mergekit`).
[[nodiscard]] Registry<ModelFormat> shipped_model_formats();

/// Those that a spec names, "hf,gguf". @throws OptionError for a name of none, one that is there twice, one that cannot
/// save, and for what is said of a format that is not among them
[[nodiscard]] std::vector<ModelFormat> formats_of(const RunSpec& spec, const Registry<ModelFormat>& formats);

/// Writes a model in several formats: the first one in a folder with all that the options add, the others in folders of
/// their names in it. @throws as `save_as`
void save_in(const std::vector<ModelFormat>& formats, const ModelView& model, const std::filesystem::path& folder,
             const SaveOptions& options, ProgressSink& progress);

/// "hf: 30 layers, 1,234,567 parameters, of which 2.50 % are zeros": for every format that adds any.
/// @throws OptionError where one cannot hold the model
[[nodiscard]] std::vector<std::string> padding_sentences(const std::vector<ModelFormat>& formats,
                                                         const ModelView& model);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/model_format.ipp>
#endif
