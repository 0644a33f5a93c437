// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/safetensors_header.hpp>
#include <multipruner/io/stored_tensor.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A safetensors file, mapped into memory and checked as a whole when it is opened.
///
/// Tensors of any type of the format can be read as bytes; those of a type that weights may have (float32,
/// bfloat16, float16) can be viewed as weights. The format does not promise that data is aligned for its
/// type: a weight that is not is copied into aligned memory when it is first asked for, all others are viewed
/// where they are mapped.
///
/// Copies share the mapping. Views are valid as long as a copy, or `storage()`, lives. All members are
/// thread-safe.
class SafetensorsFile {
 public:
  /// @throws FileError where the file is unreadable or contradicts the format.
  explicit SafetensorsFile(const std::filesystem::path& path) : state_(std::make_shared<State>(path)) {}

  [[nodiscard]] const std::filesystem::path& path() const { return state_->file.path(); }

  /// All tensors in the order of their data.
  [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return state_->header.tensors; }

  /// The text entries of `__metadata__`.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return state_->header.metadata; }

  /// Null where there is no such tensor.
  [[nodiscard]] const TensorInfo* find(std::string_view name) const;

  /// @throws DataError where there is no such tensor.
  [[nodiscard]] const TensorInfo& get(std::string_view name) const;

  /// The data of a tensor of any type, wherever it is aligned. @throws DataError where there is no such
  /// tensor.
  [[nodiscard]] std::span<const std::byte> bytes(std::string_view name) const { return state_->bytes(get(name)); }

  /// A copy of the values of a tensor, in row-major order.
  /// @tparam T the type in the file: (u)int8_t, int32_t, int64_t, float, double, BFloat16 or Float16.
  /// @throws DataError where there is no such tensor or it has another type.
  template <detail::SafetensorsValue T>
  [[nodiscard]] std::vector<T> values(std::string_view name) const {
    const TensorInfo& info = get(name);
    if (info.dtype_name != detail::safetensors_name_of<T>) {
      throw DataError(where(info), "is " + info.dtype_name + ", not " + std::string(detail::safetensors_name_of<T>),
                      "Read it as the type that it has");
    }
    std::vector<T> result(static_cast<std::size_t>(info.element_count()));
    const auto source = state_->bytes(info);
    if (!source.empty()) std::memcpy(result.data(), source.data(), source.size());
    return result;
  }

  /// A tensor as a weight.
  /// @throws DataError where there is no such tensor, UnsupportedError where it is not float32, bfloat16 or
  /// float16.
  [[nodiscard]] StoredTensor weight(std::string_view name) const;

  /// Keeps every view of this file valid.
  [[nodiscard]] std::shared_ptr<const void> storage() const { return state_; }

  /// Gives the memory of a weight back to the system, if it lies in the mapped file.
  void release(const WeightView& weight) const noexcept;

 private:
  struct State {
    explicit State(const std::filesystem::path& path);

    [[nodiscard]] std::span<const std::byte> bytes(const TensorInfo& info) const;

    [[nodiscard]] const std::byte* aligned(const TensorInfo& info);

    MappedFile file;
    detail::SafetensorsHeader header;
    std::map<std::string_view, const TensorInfo*> by_name;
    std::mutex mutex;
    std::map<const TensorInfo*, AlignedBuffer<std::byte>> copies;  // of misaligned tensors; guarded by the mutex
  };

  [[nodiscard]] std::string where(const TensorInfo& info) const { return path().string() + ": tensor " + info.name; }

  std::shared_ptr<State> state_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/safetensors.ipp>
#endif
