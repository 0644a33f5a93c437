// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/export/exporter.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// What is written beside the weights.
struct SaveOptions {
  bool overwrite = false;                           ///< replace a folder that `save` wrote
  std::vector<BlockId> removal_order{};             ///< of blocks, first removed first, as far as known: `removals_of`
  std::string reordering = "none";                  ///< the metric that units were ordered by, for the metadata
  JsonObject settings{};                            ///< of the run, for the metadata: a nlohmann::ordered_json
  std::map<std::string, std::string> more_files{};  ///< name → contents, e.g. README.md or notes/run.json
  std::vector<std::string> kept_files{};            ///< that stay in a folder that is replaced, e.g. a journal
};

/// The file that every folder has that `save` wrote, and by which it knows what it may replace.
inline constexpr const char* model_marker = "multipruner.json";

/// How `save` comes to a folder.
[[nodiscard]] StagedDirectoryOptions staging_options(bool overwrite, std::vector<std::string> kept_files = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An Exporter as a value, so that one compiled function serves all of them.
struct ExporterFunctions {
  std::string_view name;
  std::function<void(const ModelView&)> require_exportable;
  std::function<Index(const ModelView&)> bytes;
  std::function<void(const ModelView&, const std::vector<BlockId>&, const std::filesystem::path&, const WriteObserver&)>
      write;
  std::function<Graph(const std::filesystem::path&)> read_back;  ///< none where the format is not checked
  double tolerance;                                              ///< see ReadableExporter
};

template <Exporter E>
[[nodiscard]] ExporterFunctions functions_of(const E& exporter) {
  ExporterFunctions functions{
      E::name,
      [&](const ModelView& of) { exporter.require_exportable(of); },
      [&](const ModelView& of) { return exporter.bytes(of); },
      [&](const ModelView& of, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
          const WriteObserver& on_written) { exporter.write(of, removal_order, folder, on_written); },
      {},
      0.0};
  if constexpr (ReadableExporter<E>) {
    functions.read_back = [&](const std::filesystem::path& folder) { return exporter.read_back(folder); };
    functions.tolerance = exporter.tolerance();
  }
  return functions;
}

void save_with(const ExporterFunctions& exporter, const ModelView& view, const std::filesystem::path& directory,
               const SaveOptions& options, ProgressSink& progress);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// Writes a view as a folder in the format of an exporter, with `multipruner.json`: the reordering, the settings and
/// both parameter counts.
///
/// The folder appears when it is complete, or not at all, also if the progress sink throws. What a ReadableExporter has
/// written is read back before, and compared with the view on one window of tokens.
/// @param progress counts bytes of weights.
/// @throws OptionError if the format cannot hold the view
/// @throws OutputError if the folder is filled already, or cannot be written, or does not compute what the view does
template <Exporter E>
void save_as(const E& exporter, const ModelView& view, const std::filesystem::path& directory,
             const SaveOptions& options = {}, ProgressSink& progress = silent_progress()) {
  detail::save_with(detail::functions_of(exporter), view, directory, options, progress);
}

/// The same in the layout of MultiPruner's extraction: see HuggingFaceLayout. No second copy of the weights is made in
/// memory.
void save(const ModelView& view, const std::filesystem::path& directory, const SaveOptions& options = {},
          ProgressSink& progress = silent_progress());

/// Writes a graph as it is.
void save(const Graph& graph, const std::filesystem::path& directory, const SaveOptions& options = {},
          ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/save.ipp>
#endif
