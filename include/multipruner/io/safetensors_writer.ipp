// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/safetensors_writer.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Index byte_count(const StoredTensor& tensor) {
  Index count = tensor.view.size();
  for (const WeightView& piece : tensor.more) count += piece.size();
  return count * size_of(tensor.view.dtype);
}

/// A UTF-8 text as a JSON string. @throws OptionError where it is not UTF-8.
[[nodiscard]] inline std::string quoted(const std::string& text) {
  std::string result = to_json_text(nlohmann::json(text));
  result.pop_back();  // the newline
  return result;
}

inline void append_integers(std::string& json, const std::vector<Index>& integers) {
  json += '[';
  for (const Index integer : integers) {
    if (json.back() != '[') json += ',';
    json += std::to_string(integer);
  }
  json += ']';
}

/// All pieces of a tensor, in their order.
[[nodiscard]] inline std::vector<WeightView> pieces_of(const StoredTensor& tensor) {
  std::vector<WeightView> pieces{tensor.view};
  pieces.insert(pieces.end(), tensor.more.begin(), tensor.more.end());
  return pieces;
}

MULTIPRUNER_INLINE void check_writable(std::span<const StoredTensor> tensors) {
  std::set<std::string_view> names;
  for (const StoredTensor& tensor : tensors) {
    const auto fail = [&](std::string problem, std::string remedy) {
      throw OptionError("tensor " + tensor.name, std::move(problem), std::move(remedy));
    };
    if (tensor.name == "__metadata__") fail("has a name that the format reserves", "Choose another name");
    if (!names.insert(tensor.name).second) fail("is to be written twice", "Give every tensor its own name");
    Index count = 1;
    bool fits = true;
    for (const Index extent : tensor.shape) {
      fits = fits && extent >= 0 && !__builtin_mul_overflow(count, extent, &count);
    }
    Index values = 0;
    for (const WeightView& view : pieces_of(tensor)) {
      fits = fits && view.rows >= 0 && view.columns >= 0;
      values += view.size();
      if (fits && view.size() > 0 && !view) fail("has no data", "Give a view of its values");
      if (view.rows > 1 && view.stride < view.columns) fail("has rows that overlap", "Give a stride of at least a row");
      if (view.dtype != tensor.view.dtype) fail("has pieces of two scalar types", "Give pieces of one type");
      if (tensor.transposed && (tensor.shape.size() != 2 || view.columns != tensor.shape.front())) {
        fail("has the shape " + describe_shape(tensor.shape) + ", but a piece to be transposed has " +
                 std::to_string(view.columns) + " columns",
             "Give matrices with as many columns as the tensor has rows");
      }
    }
    if (!fits || count != values) {
      fail("has the shape " + describe_shape(tensor.shape) + ", but " + std::to_string(tensor.view.rows) + " × " +
               std::to_string(tensor.view.columns) + " values" + (tensor.more.empty() ? "" : " in its first piece"),
           "Give a shape of as many values");
    }
  }
}

/// Tensors of wider types first, otherwise in the given order: every tensor is then aligned for its type,
/// which PyTorch's reader relies on.
[[nodiscard]] inline std::vector<const StoredTensor*> in_writing_order(std::span<const StoredTensor> tensors) {
  std::vector<const StoredTensor*> order;
  for (const StoredTensor& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::ranges::greater{}, [](const StoredTensor* t) { return size_of(t->view.dtype); });
  return order;
}

/// The JSON header in the layout of the format's own library, with spaces up to a multiple of 8 bytes.
[[nodiscard]] inline std::string safetensors_header_json(std::span<const HeaderEntry> entries,
                                                         const SafetensorsMetadata& metadata) {
  std::string json = "{";
  const auto begin_entry = [&](const std::string& key) {
    if (json.back() != '{') json += ',';
    json.append(quoted(key)).append(":");
  };
  if (!metadata.empty()) {
    begin_entry("__metadata__");
    json += '{';
    for (const auto& [key, value] : metadata) {
      begin_entry(key);
      json += quoted(value);
    }
    json += '}';
  }
  Index begin = 0;
  for (const HeaderEntry& entry : entries) {
    begin_entry(entry.name);
    json.append("{\"dtype\":\"").append(entry.dtype).append("\",\"shape\":");
    append_integers(json, entry.shape);
    json.append(",\"data_offsets\":");
    append_integers(json, {begin, begin + entry.bytes});
    json += '}';
    begin += entry.bytes;
  }
  json += '}';
  json.append((8 - json.size() % 8) % 8, ' ');
  return json;
}

MULTIPRUNER_INLINE void write_header(StagedFile& file, std::span<const HeaderEntry> entries,
                                     const SafetensorsMetadata& metadata) {
  const std::string header = safetensors_header_json(entries, metadata);
  const auto header_size = static_cast<std::uint64_t>(header.size());
  file.write(std::as_bytes(std::span(&header_size, 1)));
  file.write(header);
}

MULTIPRUNER_INLINE void write_values(StagedFile& file, const WeightView& view, const WriteObserver& on_written) {
  constexpr std::size_t largest_piece = std::size_t{1} << 26;
  const bool is_contiguous = view.stride == view.columns || view.rows == 1;
  const Index rows = is_contiguous ? std::min(view.rows, Index{1}) : view.rows;
  const Index row_bytes = (is_contiguous ? view.size() : view.columns) * size_of(view.dtype);
  for (Index i = 0; i < rows; ++i) {
    const auto* row = static_cast<const std::byte*>(view.data) + i * view.stride * size_of(view.dtype);
    std::span bytes(row, static_cast<std::size_t>(row_bytes));
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), largest_piece));
      file.write(piece);
      if (on_written) on_written(view, static_cast<Index>(piece.size()));
      bytes = bytes.subspan(piece.size());
    }
  }
}

/// A row of the file has a column of every piece.
inline void write_transposed(StagedFile& file, const StoredTensor& tensor, const WriteObserver& on_written) {
  constexpr Index band = 64;  // rows of the file: few passes over the pieces, and a buffer of a few megabytes
  const std::vector<WeightView> pieces = pieces_of(tensor);
  const Index size = size_of(tensor.view.dtype), rows = tensor.shape.front(), row_bytes = tensor.shape.back() * size;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(band, rows) * row_bytes));
  for (Index first = 0; first < rows; first += band) {
    const Index count = std::min(band, rows - first);
    const auto used = std::span(buffer).first(static_cast<std::size_t>(count * row_bytes));
    std::size_t offset = 0;
    for (const WeightView& piece : pieces) {
      transpose_columns(piece, first, count, used.subspan(offset), row_bytes);
      offset += static_cast<std::size_t>(piece.rows * size);
    }
    file.write(used);
  }
  for (const WeightView& piece : pieces) {  // only now, because every band needs all of them
    if (on_written) on_written(piece, piece.size() * size);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                                          const SafetensorsMetadata& metadata, const WriteObserver& on_written) {
  detail::check_writable(tensors);
  const auto order = detail::in_writing_order(tensors);
  StagedFile file{path};
  std::vector<detail::HeaderEntry> entries;
  for (const StoredTensor* tensor : order) {
    entries.push_back(
        {tensor->name, detail::safetensors_name(tensor->view.dtype), tensor->shape, detail::byte_count(*tensor)});
  }
  detail::write_header(file, entries, metadata);
  for (const StoredTensor* tensor : order) {
    if (tensor->transposed) {
      detail::write_transposed(file, *tensor, on_written);
      continue;
    }
    for (const WeightView& piece : detail::pieces_of(*tensor)) detail::write_values(file, piece, on_written);
  }
  file.commit();
  if (on_written) on_written({}, 0);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
