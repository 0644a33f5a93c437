// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <system_error>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/model_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE Checkpoint::Checkpoint(const std::filesystem::path& path) : path_(path) {
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

MULTIPRUNER_INLINE std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const SafetensorsFile& shard : shards_) {
    for (const TensorInfo& info : shard.tensors()) names.push_back(info.name);
  }
  return names;
}

MULTIPRUNER_INLINE const TensorInfo* Checkpoint::info(std::string_view name) const {
  const auto entry = shard_of_.find(name);
  return entry == shard_of_.end() ? nullptr : shards_[entry->second].find(name);
}

MULTIPRUNER_INLINE std::optional<StoredTensor> Checkpoint::find(std::string_view name) const {
  const auto entry = shard_of_.find(name);
  if (entry == shard_of_.end()) return std::nullopt;
  return shards_[entry->second].weight(name);
}

MULTIPRUNER_INLINE StoredTensor Checkpoint::get(std::string_view name) const {
  if (auto tensor = find(name)) return *std::move(tensor);
  throw DataError(path_.string(), "has no tensor " + std::string(name),
                  "Check that the checkpoint is complete and that config.json belongs to it");
}

MULTIPRUNER_INLINE std::shared_ptr<const WeightMemory> Checkpoint::storage(bool releasing) const {
  return std::make_shared<const Memory>(shards_, releasing);
}

MULTIPRUNER_INLINE void Checkpoint::Memory::release(const WeightView& weight) const noexcept {
  if (!releases) return;
  for (const SafetensorsFile& shard : shards) shard.release(weight);
}

MULTIPRUNER_INLINE void Checkpoint::open_shard(const std::filesystem::path& file, const WeightMap* weight_map) {
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

MULTIPRUNER_INLINE void Checkpoint::open_shards(const std::filesystem::path& index) {
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

MULTIPRUNER_INLINE Checkpoint::WeightMap Checkpoint::read_weight_map(const std::filesystem::path& index) {
  const nlohmann::json json = read_json_file(index, DuplicateKeys::reject);
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (map == json.end() || !map->is_object() || map->empty()) {
    throw FileError(index.string(), "has no weight_map, or something else than a filled object", copy_again);
  }
  WeightMap weight_map;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string()) throw FileError(index.string() + ": tensor " + tensor, "has no shard name", copy_again);
    const auto name = file.get<std::string>();
    if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\\\0", 3)) != name.npos) {
      throw FileError(index.string() + ": tensor " + tensor,
                      "has the shard name " + file.dump() + ", which is not a plain file name",
                      "Put all shards into the folder of the index");
    }
    weight_map.emplace(tensor, name);
  }
  return weight_map;
}

MULTIPRUNER_INLINE void Checkpoint::refuse_folder_without_safetensors() const {
  explain_folder_without_model(path_);
  detail::refuse_shards_without_index(path_);
  throw FileError(path_.string(), "has neither model.safetensors nor model.safetensors.index.json",
                  "Give the folder of a Hugging Face model with its weights");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
