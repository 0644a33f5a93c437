// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iterator>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A whole number among the keys of a part of a split model; what is not there is `otherwise`.
[[nodiscard]] inline Index integer_key(const GgufHeader& header, std::string_view name, Index otherwise) {
  const GgufEntry* entry = header.find_key(name);
  return entry == nullptr ? otherwise : entry->integer();
}

/// "-00002-of-00003.gguf", the end of the names of parts, as llama.cpp splits models.
[[nodiscard]] inline std::string ending_of_part(Index number, Index count) {
  const auto five_digits = [](Index n) {
    const std::string digits = std::to_string(n);
    return std::string(5 - std::min<std::size_t>(digits.size(), 5), '0') + digits;
  };
  return "-" + five_digits(number + 1) + "-of-" + five_digits(count) + ".gguf";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE const GgufEntry* GgufFile::find_key(std::string_view name) const {
  const auto entry = state_->keys_by_name.find(name);
  return entry == state_->keys_by_name.end() ? nullptr : entry->second;
}

MULTIPRUNER_INLINE const GgufEntry& GgufFile::key(std::string_view name) const {
  if (const GgufEntry* entry = find_key(name)) return *entry;
  throw DataError(path().string(), "has no key " + std::string(name),
                  "Check the file, or make it again with llama.cpp's converter");
}

MULTIPRUNER_INLINE const GgufTensorInfo* GgufFile::find(std::string_view name) const {
  const auto entry = state_->tensors_by_name.find(name);
  return entry == state_->tensors_by_name.end() ? nullptr : entry->second;
}

MULTIPRUNER_INLINE const GgufTensorInfo& GgufFile::get(std::string_view name) const {
  if (const GgufTensorInfo* info = find(name)) return *info;
  throw DataError(path().string(), "has no tensor " + std::string(name), "Check the name and the file");
}

MULTIPRUNER_INLINE StoredTensor GgufFile::weight(std::string_view name) const {
  const GgufTensorInfo& info = get(name);
  const auto dtype = dtype_of_gguf(info.type);
  if (!dtype) {
    throw UnsupportedError(path().string() + ": tensor " + info.name,
                           "is " + std::string(name_of(info.type)) + ", which cannot be used where it lies",
                           "Dequantise it");
  }
  return {info.name, info.shape, WeightView(info.data.data(), *dtype, info.rows(), info.columns(), info.columns())};
}

MULTIPRUNER_INLINE void GgufFile::release(std::span<const std::byte> data) const noexcept {
  for (const Part& part : state_->parts) {
    if (lies_in(data, part.file.bytes())) return part.file.release(data);
  }
}

MULTIPRUNER_INLINE GgufFile::Part::Part(const std::filesystem::path& path)
    : file(path), name(path.string()), header(detail::GgufHeaderParser(file.bytes(), name).parse()) {}

MULTIPRUNER_INLINE GgufFile::State::State(const std::filesystem::path& path) {
  parts.emplace_back(path);
  for (const GgufEntry& entry : parts.front().header.keys) keys_by_name.emplace(entry.name(), &entry);
  read_other_parts();
  add_tensors();
}

MULTIPRUNER_INLINE void GgufFile::State::read_other_parts() {
  const Part& first = parts.front();
  const Index count = detail::integer_key(first.header, "split.count", 1);
  if (count <= 1) return;
  const Index number = detail::integer_key(first.header, "split.no", 0);
  const std::string ending = detail::ending_of_part(number, count);
  if (number < 0 || number >= count || !first.name.ends_with(ending)) {
    throw FileError(first.name,
                    "is part " + std::to_string(number) + " of " + std::to_string(count) +
                        " of a split model, counted from 0, and its name does not end in " + ending,
                    "Give all parts the names that they had");
  }
  const std::string stem = first.name.substr(0, first.name.size() - ending.size());
  if (number != 0) {
    throw FileError(first.name, "is not the first part of a split model",
                    "Give the first, " + stem + detail::ending_of_part(0, count));
  }
  for (Index i = 1; i < count; ++i) {
    const Part& part = parts.emplace_back(stem + detail::ending_of_part(i, count));
    if (detail::integer_key(part.header, "split.no", -1) == i &&
        detail::integer_key(part.header, "split.count", -1) == count) {
      continue;
    }
    throw FileError(part.name, "does not say that it is part " + std::to_string(i + 1) + " of " + std::to_string(count),
                    "Get all parts from one source");
  }
}

MULTIPRUNER_INLINE void GgufFile::State::add_tensors() {
  for (Part& part : parts) std::ranges::move(part.header.tensors, std::back_inserter(tensors));
  for (const GgufTensorInfo& info : tensors) {
    if (!tensors_by_name.emplace(info.name, &info).second) {
      throw FileError(parts.front().name + ": tensor " + info.name, "is in two parts of the model",
                      "Get all parts from one source");
    }
  }
  const auto found = static_cast<Index>(tensors.size());
  const Index claimed = detail::integer_key(parts.front().header, "split.tensors.count", found);
  if (parts.size() > 1 && claimed != found) {
    throw FileError(parts.front().name,
                    "claims " + std::to_string(claimed) + " tensors in all parts, which have " + std::to_string(found),
                    "Get all parts from one source");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
