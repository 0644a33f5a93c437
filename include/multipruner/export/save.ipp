// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE StagedDirectoryOptions staging_options(bool overwrite, std::vector<std::string> kept_files) {
  return {.marker = model_marker, .overwrite = overwrite, .kept_files = std::move(kept_files)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Files of a model folder that go with a pruned model unchanged.
inline bool belongs_to_every_version(std::string_view file_name) {
  constexpr std::array names{"config.json",
                             "generation_config.json",
                             "tokenizer.json",
                             "tokenizer.model",
                             "tokenizer_config.json",
                             "special_tokens_map.json",
                             "added_tokens.json",
                             "vocab.json",
                             "merges.txt",
                             "chat_template.jinja",
                             "chat_template.json"};
  for (const std::string_view name : names) {
    if (file_name == name) return true;
  }
  return file_name.starts_with("LICENSE") || file_name.starts_with("NOTICE");
}

inline void copy_companions(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  const std::vector<std::filesystem::path> files = entries_of(from, error);
  if (error)
    throw FileError(from.string(), "cannot be read: " + error.message(), "Check that the model is still there");
  for (const std::filesystem::path& file : files) {
    const std::string name = file.filename().string();
    if (!belongs_to_every_version(name) || !std::filesystem::is_regular_file(file, error)) continue;
    if (std::filesystem::copy_file(file, to / name, error)) continue;
    throw OutputError((to / name).string(), "cannot be copied from " + file.string() + ": " + error.message(),
                      "Check that the source is readable and that there is room");
  }
}

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

/// The tensors of a view under their names in the checkpoint; tied weights once. Slots of one name are pieces of one
/// tensor (see TensorPart).
inline std::vector<StoredTensor> named_tensors(const ModelView& view) {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::size_t> place_of;
  const Weights weights = view.weights();
  for_each_place(view.config(), weights, [&](const TensorPlace& place, const WeightView& tensor) {
    if (!tensor || (place.slot == &Ends::slots[Ends::lm_head] && view.config().tie_word_embeddings)) return;
    const std::string name = view.graph().origin().tensor_name(place.role, place.layer);
    const auto [known, is_new] = place_of.try_emplace(name, tensors.size());
    if (is_new) {
      tensors.push_back({name, place.extents({tensor.rows, tensor.columns}), tensor});
      return;
    }
    StoredTensor& fused = tensors[known->second];
    fused.shape.front() += place.slot->is_matrix() ? tensor.rows : tensor.columns;
    fused.more.push_back(tensor);
  });
  return tensors;
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
    if (!entry.is_object()) entry = {{"left_out", "it is no object"}};
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

inline nlohmann::ordered_json metadata_json(const ModelView& view, const SaveOptions& options) {
  const ModelConfig& config = view.config();
  nlohmann::ordered_json json;
  json["multipruner"] = version;
  json["layout"] = "multipruner";
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE void save(const ModelView& view, const std::filesystem::path& directory, const SaveOptions& options,
                             ProgressSink& progress) {
  const Origin& origin = view.graph().origin();
  if (origin.directory.empty() || origin.tensor_name == nullptr) {
    throw OptionError("save", "the graph was not loaded from a model folder, so its names and config.json are unknown",
                      "Give the graph an Origin");
  }
  StagedDirectory staged(directory, staging_options(options.overwrite, options.kept_files));
  detail::copy_companions(origin.directory, staged.path());
  const std::vector<StoredTensor> tensors = detail::named_tensors(view);
  Index total = 0, written = 0;
  for (const StoredTensor& tensor : tensors) total += detail::byte_count(tensor);
  ProgressScope scope(progress, "writing", total);
  WeightView last;
  const auto on_written = [&](const WeightView& weight, Index bytes) {
    if (weight.data != last.data) view.graph().release(std::exchange(last, weight));
    scope.advance(written += bytes);
  };
  write_checkpoint(staged.path(), tensors, {.on_written = on_written});
  const PruningConfig pruning = to_pruning_config(view.config(), view.plan(), detail::removal_order(view, options));
  write_file_atomically(staged.path() / "pruning_config.json", to_json(pruning).dump(4) + "\n");
  write_json_file(staged.path() / model_marker, detail::metadata_json(view, options));
  for (const auto& [name, contents] : options.more_files) detail::write_companion(staged.path(), name, contents);
  scope.advance(total);  // the last moment to give up
  staged.commit();
}

MULTIPRUNER_INLINE void save(const Graph& graph, const std::filesystem::path& directory, const SaveOptions& options,
                             ProgressSink& progress) {
  save(ModelView(graph), directory, options, progress);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
