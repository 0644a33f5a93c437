#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/io/stored_tensor.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner {

/// The weights of a Hugging Face model folder: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` lists. Everything is checked when the folder is opened, nothing is loaded
/// before it is touched.
///
/// Copies share the mapped files. Views are valid as long as a copy, or `storage()`, lives. All members are
/// thread-safe.
class Checkpoint {
 public:
  /// @param path a model folder, or one .safetensors file.
  /// @throws FileError where a file is missing, contradicts its format, or the index and the shards
  /// contradict each other; UnsupportedError where the folder has weights only in formats that are not read, or
  /// an adapter.
  explicit Checkpoint(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    const auto index = path / "model.safetensors.index.json";
    if (std::filesystem::is_regular_file(path, error)) {
      open_shard(path, nullptr);
    } else if (!std::filesystem::is_directory(path, error)) {
      throw FileError(path.empty() ? "an empty path" : path.string(),
                      "cannot be opened: " + (error ? error.message() : "neither a folder nor a file"),
                      "Give the folder of a Hugging Face model");
    } else if (std::filesystem::exists(path / "model.safetensors", error)) {
      open_shard(path / "model.safetensors", nullptr);
    } else if (std::filesystem::exists(index, error)) {
      open_shards(index);
    } else {
      refuse_folder_without_safetensors();
    }
  }

  /// What was opened.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// All tensor names: shard by shard in the order of their file names, inside a shard in the order of the
  /// data.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const SafetensorsFile& shard : shards_) {
      for (const TensorInfo& info : shard.tensors()) names.push_back(info.name);
    }
    return names;
  }

  /// Type and shape of a tensor without touching its data; null where there is no such tensor.
  [[nodiscard]] const TensorInfo* info(std::string_view name) const {
    const auto entry = shard_of_.find(name);
    return entry == shard_of_.end() ? nullptr : shards_[entry->second].find(name);
  }

  /// Nothing where there is no such tensor. @throws UnsupportedError where it is not float32, bfloat16 or
  /// float16.
  [[nodiscard]] std::optional<StoredTensor> find(std::string_view name) const {
    const auto entry = shard_of_.find(name);
    if (entry == shard_of_.end()) return std::nullopt;
    return shards_[entry->second].weight(name);
  }

  /// @throws DataError where there is no such tensor, UnsupportedError as `find`.
  [[nodiscard]] StoredTensor get(std::string_view name) const {
    if (auto tensor = find(name)) return *std::move(tensor);
    throw DataError(path_.string(), "has no tensor " + std::string(name),
                    "Check that the checkpoint is complete and that config.json belongs to it");
  }

  /// Keeps every view of this checkpoint valid.
  /// @param releasing whether memory of weights is given back to the system at a hint, see WeightMemory.
  [[nodiscard]] std::shared_ptr<const WeightMemory> storage(bool releasing = false) const {
    return std::make_shared<const Memory>(shards_, releasing);
  }

 private:
  struct Memory final : WeightMemory {
    Memory(std::vector<SafetensorsFile> files, bool releasing) : shards(std::move(files)), releases(releasing) {}
    void release(const WeightView& weight) const noexcept override {
      if (!releases) return;
      for (const SafetensorsFile& shard : shards) shard.release(weight);
    }
    std::vector<SafetensorsFile> shards;
    bool releases;
  };

  using WeightMap = std::map<std::string, std::string>;  // tensor to shard

  static constexpr const char* copy_again = "Copy or download the folder again";

  /// @param weight_map the index that lists the shard's tensors; null where there is none.
  void open_shard(const std::filesystem::path& file, const WeightMap* weight_map) {
    const SafetensorsFile& shard = shards_.emplace_back(file);
    for (const TensorInfo& info : shard.tensors()) {
      const auto [entry, is_new] = shard_of_.emplace(info.name, shards_.size() - 1);
      if (!is_new) {
        throw FileError(file.string() + ": tensor " + info.name,
                        "is also in " + shards_[entry->second].path().filename().string(), copy_again);
      }
      if (weight_map != nullptr && !weight_map->contains(info.name)) {
        throw FileError(file.string() + ": tensor " + info.name, "is not listed in model.safetensors.index.json",
                        copy_again);
      }
    }
  }

  void open_shards(const std::filesystem::path& index) {
    const WeightMap weight_map = read_weight_map(index);
    std::set<std::string> files;
    for (const auto& [tensor, file] : weight_map) files.insert(file);
    for (const std::string& file : files) {
      if (std::error_code ignored; !std::filesystem::exists(path_ / file, ignored)) {
        throw FileError(index.string(), "lists the shard " + file + ", which is missing", copy_again);
      }
      open_shard(path_ / file, &weight_map);
    }
    for (const auto& [tensor, file] : weight_map) {
      const auto entry = shard_of_.find(tensor);
      if (entry != shard_of_.end() && shards_[entry->second].path().filename() == file) continue;
      throw FileError(index.string() + ": tensor " + tensor, "is not in its shard " + file, copy_again);
    }
  }

  static WeightMap read_weight_map(const std::filesystem::path& index) {
    const nlohmann::json json = read_json_file(index, DuplicateKeys::reject);
    const auto map = json.is_object() ? json.find("weight_map") : json.end();
    if (map == json.end() || !map->is_object() || map->empty()) {
      throw FileError(index.string(), "has no weight_map, or something else than a filled object", copy_again);
    }
    WeightMap weight_map;
    for (const auto& [tensor, file] : map->items()) {
      if (!file.is_string()) throw FileError(index.string() + ": tensor " + tensor, "has no shard name", copy_again);
      const auto name = file.get<std::string>();
      if (name.empty() || name == "." || name == ".." ||
          name.find_first_of(std::string_view("/\\\0", 3)) != name.npos) {
        throw FileError(index.string() + ": tensor " + tensor,
                        "has the shard name " + file.dump() + ", which is no plain file name",
                        "Put all shards into the folder of the index");
      }
      weight_map.emplace(tensor, name);
    }
    return weight_map;
  }

  [[noreturn]] void refuse_folder_without_safetensors() const {
    explain_folder_without_model(path_);
    detail::refuse_shards_without_index(path_);
    throw FileError(path_.string(), "has neither model.safetensors nor model.safetensors.index.json",
                    "Give the folder of a Hugging Face model with its weights");
  }

  std::filesystem::path path_;
  std::vector<SafetensorsFile> shards_;
  std::map<std::string, std::size_t, std::less<>> shard_of_;
};

}  // namespace multipruner
