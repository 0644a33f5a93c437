// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/detail/folder_entries.hpp>
#include <multipruner/io/json_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Cuts a list of tensors into runs of at most `max_bytes` bytes, each as long as possible; at least one run.
[[nodiscard]] inline std::vector<std::span<const StoredTensor>> split_into_shards(std::span<const StoredTensor> tensors,
                                                                                  Index max_bytes) {
  std::vector<std::span<const StoredTensor>> shards;
  std::size_t first = 0;
  Index bytes = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Index next = byte_count(tensors[i]);
    if (i > first && bytes > max_bytes - next) {
      shards.push_back(tensors.subspan(first, i - first));
      first = i;
      bytes = 0;
    }
    bytes += next;
  }
  shards.push_back(tensors.subspan(first));
  return shards;
}

[[nodiscard]] inline std::string shard_name(std::size_t number, std::size_t count) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", number, count);
  return name;
}

/// A reader would prefer, or trip over, weights that are there already.
inline void refuse_folder_with_weights(const std::filesystem::path& directory) {
  std::error_code error;
  for (const std::filesystem::path& entry : entries_of(directory, error)) {
    const std::string name = entry.filename().string();
    if (!name.ends_with(".safetensors") && name != "model.safetensors.index.json") continue;
    throw OutputError(directory.string(), "already holds weights (" + name + ")", "Choose an empty folder");
  }
  if (error) throw OutputError(directory.string(), "cannot be read: " + error.message(), "Choose an existing folder");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE void write_checkpoint(const std::filesystem::path& directory, std::span<const StoredTensor> tensors,
                                         const CheckpointOptions& options) {
  if (options.max_shard_bytes <= 0) {
    throw OptionError("max_shard_bytes", "is " + std::to_string(options.max_shard_bytes), "Give a positive number");
  }
  detail::check_writable(tensors);
  detail::refuse_folder_with_weights(directory);
  const auto shards = detail::split_into_shards(tensors, options.max_shard_bytes);
  if (shards.size() == 1) {
    return write_safetensors(directory / "model.safetensors", tensors, options.metadata, options.on_written);
  }

  Index total_size = 0;
  nlohmann::json weight_map = nlohmann::json::object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string name = detail::shard_name(i + 1, shards.size());
    write_safetensors(directory / name, shards[i], options.metadata, options.on_written);
    for (const StoredTensor& tensor : shards[i]) {
      total_size += detail::byte_count(tensor);
      weight_map[tensor.name] = name;
    }
  }
  write_json_file(directory / "model.safetensors.index.json",
                  nlohmann::json{{"metadata", {{"total_size", total_size}}}, {"weight_map", weight_map}});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
