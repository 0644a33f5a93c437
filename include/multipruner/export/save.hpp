// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

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

/// Writes a view as a model folder in the layout of MultiPruner's own extraction: sliced tensors under their original
/// names in their original scalar type, `pruning_config.json`, the unchanged config.json and tokenizer files of the
/// source, and `multipruner.json` with the reordering, the settings and both parameter counts. `load` reads it again.
///
/// The folder appears when it is complete, or not at all, also if the progress sink throws. No second copy of the
/// weights is made in memory.
/// @param progress counts bytes of weights.
/// @throws OptionError if the graph did not come from a model folder
/// @throws OutputError if the folder is filled already, or cannot be written
void save(const ModelView& view, const std::filesystem::path& directory, const SaveOptions& options = {},
          ProgressSink& progress = silent_progress());

/// Writes a graph as it is.
void save(const Graph& graph, const std::filesystem::path& directory, const SaveOptions& options = {},
          ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/save.ipp>
#endif
