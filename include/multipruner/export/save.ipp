// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/export/detail/self_check.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE StagedDirectoryOptions staging_options(bool overwrite, std::vector<std::string> kept_files) {
  return {.marker = model_marker, .overwrite = overwrite, .kept_files = std::move(kept_files)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Writes a file below a folder, with the sub-folders that its name asks for.
/// @throws OptionError for a name that leads out of the folder.
inline void write_companion(const std::filesystem::path& directory, const std::filesystem::path& name,
                            std::string_view contents) {
  const std::filesystem::path relative = name.lexically_normal();
  if (!relative.has_filename() || relative.is_absolute() || *relative.begin() == "..") {
    throw OptionError("save: " + name.string(), "a file of the model folder cannot have this name",
                      "Give a name relative to the folder, e.g. README.md");
  }
  std::error_code error;
  std::filesystem::create_directories((directory / relative).parent_path(), error);
  if (error) {
    throw OutputError((directory / relative).string(), "cannot be written: " + error.message(),
                      "Give another name, or free some space");
  }
  write_file_atomically(directory / relative, contents);
}

/// The metadata of the models that a model was made from, the last one first: those of its source, then those that its
/// source has listed. Only so many, and none that is longer than any `save` writes: they are copied with every run.
inline nlohmann::ordered_json previous_metadata(const std::filesystem::path& source) {
  constexpr std::size_t most_models = 16, most_bytes = std::size_t{1} << 20;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const std::filesystem::path file = source / model_marker;
  if (!is_there(file)) return list;
  const auto take = [&](nlohmann::ordered_json entry) {
    if (list.size() >= most_models) return;
    if (!entry.is_object()) entry = {{"left_out", "it is not an object"}};
    if (to_json_text(entry).size() > most_bytes) entry = {{"left_out", "it is too long"}};
    list.push_back(std::move(entry));
  };
  try {
    nlohmann::ordered_json entry(read_json_file(file)), older;
    for (bool nested = true; nested; entry = std::exchange(older, nullptr)) {
      if (entry.is_object() && entry.contains("previous")) older = std::exchange(entry["previous"], nullptr);
      if (entry.is_object()) entry.erase("previous");
      take(std::move(entry));
      nested = older.is_object();  // as models of version 0.1 have it
    }
    if (entry.is_array()) {
      for (nlohmann::ordered_json& earlier : entry) take(std::move(earlier));
    }
  } catch (const FileError& error) {
    take({{"left_out", error.problem()}});
  }
  return list;
}

/// Blocks that the source lacks were removed before those of this run.
inline std::vector<BlockId> removal_order(const ModelView& view, const SaveOptions& options) {
  std::vector<BlockId> order = view.graph().origin().removal_order;
  order.insert(order.end(), options.removal_order.begin(), options.removal_order.end());
  return order;
}

inline nlohmann::ordered_json metadata_json(const ModelView& view, std::string_view layout,
                                            const SaveOptions& options) {
  const ModelConfig& config = view.config();
  nlohmann::ordered_json json;
  json["multipruner"] = version;
  json["layout"] = layout;
  json["source"] = view.graph().origin().name();
  json["reordering"] = options.reordering;
  json["parameters"] = {{"dense", count_parameters(config)},
                        {"pruned", count_parameters(config, view.plan())},
                        {"pruned_without_norms_of_removed_blocks", count_loaded_parameters(config, view.plan())},
                        {"ratio", pruning_ratio(config, view.plan())}};
  json["settings"] = options.settings.json();
  if (auto previous = previous_metadata(view.graph().origin().directory); !previous.empty()) {
    json["previous"] = std::move(previous);
  }
  return json;
}

MULTIPRUNER_INLINE void save_with(const ExporterFunctions& exporter, const ModelView& view,
                                  const std::filesystem::path& directory, const SaveOptions& options,
                                  ProgressSink& progress) {
  exporter.require_exportable(view);
  StagedDirectory staged(directory, staging_options(options.overwrite, options.kept_files));
  const Index total = exporter.bytes(view);
  Index written = 0;
  ProgressScope scope(progress, "writing", total);
  WeightView last;
  const auto on_written = [&](const WeightView& weight, Index bytes) {
    if (weight.data != last.data) view.graph().release(std::exchange(last, weight));
    scope.advance(written += bytes);
  };
  exporter.write(view, removal_order(view, options), staged.path(), on_written);
  write_json_file(staged.path() / model_marker, metadata_json(view, exporter.name, options));
  for (const auto& [name, contents] : options.more_files) write_companion(staged.path(), name, contents);
  if (exporter.read_back) check_export(view, exporter.read_back, staged.path(), exporter.name, exporter.tolerance);
  scope.advance(total);  // the last moment to give up
  staged.commit();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void save(const ModelView& view, const std::filesystem::path& directory, const SaveOptions& options,
                             ProgressSink& progress) {
  save_as(HuggingFaceLayout{}, view, directory, options, progress);
}

MULTIPRUNER_INLINE void save(const Graph& graph, const std::filesystem::path& directory, const SaveOptions& options,
                             ProgressSink& progress) {
  save(ModelView(graph), directory, options, progress);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
