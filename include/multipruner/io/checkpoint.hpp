// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/io/stored_tensor.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

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
  explicit Checkpoint(const std::filesystem::path& path);

  /// What was opened.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// All tensor names: shard by shard in the order of their file names, inside a shard in the order of the
  /// data.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Type and shape of a tensor without touching its data; null where there is no such tensor.
  [[nodiscard]] const TensorInfo* info(std::string_view name) const;

  /// Nothing where there is no such tensor. @throws UnsupportedError where it is not float32, bfloat16 or
  /// float16.
  [[nodiscard]] std::optional<StoredTensor> find(std::string_view name) const;

  /// @throws DataError where there is no such tensor, UnsupportedError as `find`.
  [[nodiscard]] StoredTensor get(std::string_view name) const;

  /// Keeps every view of this checkpoint valid.
  /// @param releasing whether memory of weights is given back to the system at a hint, see WeightMemory.
  [[nodiscard]] std::shared_ptr<const WeightMemory> storage(bool releasing = false) const;

 private:
  struct Memory final : WeightMemory {
    Memory(std::vector<SafetensorsFile> files, bool releasing) : shards(std::move(files)), releases(releasing) {}
    MULTIPRUNER_INLINE void release(const WeightView& weight) const noexcept override;
    std::vector<SafetensorsFile> shards;
    bool releases;
  };

  using WeightMap = std::map<std::string, std::string>;  // tensor to shard

  static constexpr const char* copy_again = "Copy or download the folder again";

  /// @param weight_map the index that lists the shard's tensors; null where there is none.
  void open_shard(const std::filesystem::path& file, const WeightMap* weight_map);

  void open_shards(const std::filesystem::path& index);

  static WeightMap read_weight_map(const std::filesystem::path& index);

  [[noreturn]] void refuse_folder_without_safetensors() const;

  std::filesystem::path path_;
  std::vector<SafetensorsFile> shards_;
  std::map<std::string, std::size_t, std::less<>> shard_of_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/checkpoint.ipp>
#endif
