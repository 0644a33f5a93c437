#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/pruning_config.hpp>

namespace multipruner {

/// What is written beside the weights.
struct SaveOptions {
  bool overwrite = false;                           ///< replace a folder that is already there
  std::string reordering = "none";                  ///< the metric that units were ordered by, for the metadata
  nlohmann::ordered_json settings{};                ///< of the run, for the metadata
  std::map<std::string, std::string> more_files{};  ///< name → contents, e.g. README.md or notes/run.json
  std::vector<std::string> kept_files{};            ///< that stay in a folder that is replaced, e.g. a journal
};

/// Whether a folder has files, all of them among those that are kept: then there is nothing in it to be overwritten.
[[nodiscard]] inline bool has_only_kept_files(const std::filesystem::path& directory,
                                              const std::vector<std::string>& kept_files) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error || entries == std::filesystem::directory_iterator()) return false;
  return std::all_of(begin(entries), end(entries), [&](const auto& entry) {
    return std::ranges::find(kept_files, entry.path().filename().string()) != kept_files.end();
  });
}

namespace detail {

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
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && belongs_to_every_version(name)) {
      std::error_code error;
      if (std::filesystem::copy_file(entry.path(), to / name, error)) continue;
      throw OutputError((to / name).string(), "cannot be copied from " + entry.path().string() + ": " + error.message(),
                        "Check that the source is readable and that there is room");
    }
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
  std::filesystem::create_directories((directory / relative).parent_path());
  write_file_atomically(directory / relative, contents);
}

/// Files of the old folder that go on in the new one: the same files under a second name, so that who has one open
/// goes on writing to it.
inline void link_kept_files(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code error;
    if (!std::filesystem::exists(from / name, error)) continue;
    std::filesystem::create_hard_link(from / name, to / name, error);
    if (error) std::filesystem::copy_file(from / name, to / name, error);
    if (error) throw OutputError((to / name).string(), "cannot be kept: " + error.message(), "Choose another folder");
  }
}

/// The tensors of a view under their names in the checkpoint; tied weights once.
inline std::vector<StoredTensor> named_tensors(const ModelView& view) {
  std::vector<StoredTensor> tensors;
  const Weights weights = view.weights();
  for_each_tensor(weights, [&](TensorRole role, Index layer, const WeightView& tensor) {
    if (!tensor || (role == TensorRole::lm_head && view.config().tie_word_embeddings)) return;
    std::vector<Index> shape{tensor.columns};
    if (is_matrix(role)) shape.insert(shape.begin(), tensor.rows);
    tensors.push_back({view.graph().origin().tensor_name(role, layer), std::move(shape), tensor});
  });
  return tensors;
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
  json["settings"] = options.settings;
  if (const auto before = view.graph().origin().directory / "multipruner.json"; std::filesystem::exists(before)) {
    json["previous"] = nlohmann::ordered_json::parse(MappedFile(before).text(), nullptr, false);
  }
  return json;
}

}  // namespace detail

/// Writes a view as a model folder in the layout of MultiPruner's own extraction: sliced tensors under their original
/// names in their original scalar type, `pruning_config.json`, the unchanged config.json and tokenizer files of the
/// source, and `multipruner.json` with the reordering, the settings and both parameter counts. `load` reads it again.
///
/// The folder appears when it is complete, or not at all, also if the progress sink throws. No second copy of the
/// weights is made in memory.
/// @param progress counts bytes of weights.
/// @throws OptionError if the graph did not come from a model folder
/// @throws OutputError if the folder is filled already, or cannot be written
inline void save(const ModelView& view, const std::filesystem::path& directory, const SaveOptions& options = {},
                 ProgressSink& progress = silent_progress()) {
  const Origin& origin = view.graph().origin();
  if (origin.directory.empty() || origin.tensor_name == nullptr) {
    throw OptionError("save", "the graph was not loaded from a model folder, so its names and config.json are unknown",
                      "Give the graph an Origin");
  }
  const bool replaceable = options.overwrite || has_only_kept_files(directory, options.kept_files);
  StagedDirectory staged(directory, {.overwrite = replaceable});
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
  const PruningConfig pruning = to_pruning_config(view.config(), view.plan());
  write_file_atomically(staged.path() / "pruning_config.json", to_json(pruning).dump(4) + "\n");
  write_json_file(staged.path() / "multipruner.json", detail::metadata_json(view, options));
  for (const auto& [name, contents] : options.more_files) detail::write_companion(staged.path(), name, contents);
  detail::link_kept_files(staged.target(), staged.path(), options.kept_files);
  scope.advance(total);  // the last moment to give up
  staged.commit();
}

/// Writes a graph as it is.
inline void save(const Graph& graph, const std::filesystem::path& directory, const SaveOptions& options = {},
                 ProgressSink& progress = silent_progress()) {
  save(ModelView(graph), directory, options, progress);
}

}  // namespace multipruner
