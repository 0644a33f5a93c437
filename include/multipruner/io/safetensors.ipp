// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <multipruner/core/types.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto entry = state_->by_name.find(name);
  return entry == state_->by_name.end() ? nullptr : entry->second;
}

MULTIPRUNER_INLINE const TensorInfo& SafetensorsFile::get(std::string_view name) const {
  if (const TensorInfo* info = find(name)) return *info;
  throw DataError(path().string(), "has no tensor " + std::string(name), "Check the name and the file");
}

MULTIPRUNER_INLINE StoredTensor SafetensorsFile::weight(std::string_view name) const {
  const TensorInfo& info = get(name);
  if (!info.dtype) {
    throw UnsupportedError(where(info), "has the type " + info.dtype_name + ", which weights may not have",
                           "Convert the model to float32, bfloat16 or float16");
  }
  const bool is_matrix = info.shape.size() >= 2;
  const Index rows = is_matrix ? info.shape.front() : 1;
  Index columns = 1;
  for (std::size_t i = is_matrix ? 1 : 0; i < info.shape.size(); ++i) columns *= info.shape[i];
  return {info.name, info.shape, WeightView(state_->aligned(info), *info.dtype, rows, columns, columns)};
}

MULTIPRUNER_INLINE void SafetensorsFile::release(const WeightView& weight) const noexcept {
  if (lies_in(weight.memory(), state_->file.bytes())) state_->file.release(weight.memory());
}

MULTIPRUNER_INLINE SafetensorsFile::State::State(const std::filesystem::path& path)
    : file(path), header(detail::SafetensorsHeaderParser(file.bytes(), path.string()).parse()) {
  for (const TensorInfo& info : header.tensors) by_name.emplace(info.name, &info);
}

MULTIPRUNER_INLINE std::span<const std::byte> SafetensorsFile::State::bytes(const TensorInfo& info) const {
  return file.bytes().subspan(static_cast<std::size_t>(header.data_begin + info.begin),
                              static_cast<std::size_t>(info.byte_count()));
}

MULTIPRUNER_INLINE const std::byte* SafetensorsFile::State::aligned(const TensorInfo& info) {
  const auto source = bytes(info);
  const auto alignment = static_cast<std::uintptr_t>(size_of(*info.dtype));
  if (reinterpret_cast<std::uintptr_t>(source.data()) % alignment == 0) return source.data();
  const std::lock_guard lock{mutex};
  AlignedBuffer<std::byte>& copy = copies[&info];
  if (copy.data() == nullptr) {
    copy = AlignedBuffer<std::byte>(info.byte_count());
    std::memcpy(copy.data(), source.data(), source.size());
  }
  return copy.data();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
