// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/io/detail/encode_rows.hpp>
#include <multipruner/io/gguf_value_type.hpp>
#include <multipruner/io/gguf_writer.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/io/tensor_info.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

static_assert(std::endian::native == std::endian::little, "GGUF files are read and written without swapping");

inline constexpr Index gguf_alignment = 32;
inline constexpr std::size_t longest_gguf_name = 63, longest_gguf_key = 65535;

/// Bytes up to the next multiple of the alignment.
[[nodiscard]] inline Index gguf_padding(Index size) {
  return (gguf_alignment - size % gguf_alignment) % gguf_alignment;
}

// Checks.

[[nodiscard]] inline Index rows_of(const GgufTensor& tensor) {
  Index rows = 1;
  for (std::size_t i = 0; i + 1 < tensor.shape.size(); ++i) rows *= tensor.shape[i];
  return rows;
}

[[nodiscard]] inline Index byte_count(const GgufTensor& tensor) {
  return rows_of(tensor) * row_bytes(tensor.type, tensor.shape.back());
}

[[noreturn]] inline void refuse_tensor(const GgufTensor& tensor, std::string problem, std::string remedy) {
  throw OptionError("tensor " + tensor.name, std::move(problem), std::move(remedy));
}

inline void check_gguf_shape(const GgufTensor& tensor) {
  Index values = static_cast<Index>(sizeof(float));
  bool fits = tensor.shape.size() >= 1 && tensor.shape.size() <= 4;
  for (const Index extent : tensor.shape) {
    fits = fits && extent >= 1 && !__builtin_mul_overflow(values, extent, &values);
  }
  if (!fits) {
    refuse_tensor(tensor, "has the shape " + describe_shape(tensor.shape), "Give one to four extents of at least 1");
  }
}

inline void check_gguf_pieces(const GgufTensor& tensor) {
  if (tensor.pieces.empty() == !tensor.source) {
    refuse_tensor(tensor, tensor.source ? "has pieces and a source" : "has neither pieces nor a source",
                  "Give one of them");
  }
  if (tensor.source) return;
  Index rows = 0;
  for (const WeightView& piece : tensor.pieces) {
    const char* problem = piece ? problem_of(piece) : piece.rows < 0 ? "has a negative size" : nullptr;
    if (problem != nullptr) {
      refuse_tensor(tensor, std::string("has a piece that ") + problem, "Pass views of memory that is there");
    }
    if (piece.columns != tensor.shape.back()) {
      refuse_tensor(tensor,
                    "has the shape " + describe_shape(tensor.shape) + ", but a piece has rows of " +
                        std::to_string(piece.columns) + " values",
                    "Give pieces whose rows are as long as the last extent");
    }
    rows = sum_of_sizes("tensor", rows, piece.rows);
  }
  if (rows != rows_of(tensor)) {
    refuse_tensor(
        tensor,
        "has the shape " + describe_shape(tensor.shape) + ", but " + std::to_string(rows) + " rows in its pieces",
        "Give pieces with as many rows as the other extents make");
  }
}

inline void check_gguf_tensors(std::span<const GgufTensor> tensors) {
  std::set<std::string_view> names;
  for (const GgufTensor& tensor : tensors) {
    if (tensor.name.empty() || tensor.name.size() > longest_gguf_name || find_invalid_utf8(tensor.name)) {
      refuse_tensor(tensor, "has a name that the format does not allow", "Choose one of 1 to 63 bytes of UTF-8");
    }
    if (!names.insert(tensor.name).second) {
      refuse_tensor(tensor, "is to be written twice", "Give every tensor its own name");
    }
    check_gguf_shape(tensor);
    if (!is_encodable(tensor.type)) {
      refuse_tensor(tensor, "is to become " + std::string(name_of(tensor.type)) + ", which is only read here",
                    "Choose F32, F16, BF16 or Q8_0");
    }
    if (tensor.shape.back() % traits_of(tensor.type).block_values != 0) {
      refuse_tensor(tensor,
                    "has rows of " + std::to_string(tensor.shape.back()) + " values, which are no whole blocks of " +
                        std::string(name_of(tensor.type)),
                    "Write it as F32, F16 or BF16, or make rows a multiple of 32 values long");
    }
    check_gguf_pieces(tensor);
  }
}

inline void check_gguf_keys(std::span<const GgufKey> keys) {
  std::set<std::string_view> names;
  for (const GgufKey& key : keys) {
    const auto fail = [&](std::string problem, std::string remedy) {
      throw OptionError("key " + key.name, std::move(problem), std::move(remedy));
    };
    if (key.name.empty() || key.name.size() > longest_gguf_key || find_invalid_utf8(key.name)) {
      fail("has a name that the format does not allow", "Choose one of 1 to 65535 bytes of UTF-8");
    }
    if (!names.insert(key.name).second) fail("is to be written twice", "Give every key once");
    if (key.name == "general.alignment" && key.value != GgufKey::Value(static_cast<std::uint32_t>(gguf_alignment))) {
      fail("is not the alignment of the files that are written here", "Leave it out, or give 32 as a u32");
    }
  }
}

// The front of a file: header, keys, and what there is of tensors.

template <class T>
void append_number(std::string& bytes, T number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

inline void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint64_t>(text.size()));
  bytes.append(text);
}

template <class T>
inline constexpr GgufValueType gguf_value_type_of = GgufValueType::array;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::uint8_t> = GgufValueType::uint8;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::int8_t> = GgufValueType::int8;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::uint16_t> = GgufValueType::uint16;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::int16_t> = GgufValueType::int16;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::uint32_t> = GgufValueType::uint32;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::int32_t> = GgufValueType::int32;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::uint64_t> = GgufValueType::uint64;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::int64_t> = GgufValueType::int64;
template <>
inline constexpr GgufValueType gguf_value_type_of<float> = GgufValueType::float32;
template <>
inline constexpr GgufValueType gguf_value_type_of<double> = GgufValueType::float64;
template <>
inline constexpr GgufValueType gguf_value_type_of<bool> = GgufValueType::boolean;
template <>
inline constexpr GgufValueType gguf_value_type_of<std::string> = GgufValueType::string;

template <class T>
void append_value(std::string& bytes, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    append_text(bytes, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    bytes += value ? '\1' : '\0';
  } else {
    append_number(bytes, value);
  }
}

template <class T>
void append_value(std::string& bytes, const std::vector<T>& values) {
  append_number(bytes, gguf_value_type_of<T>);
  append_number(bytes, static_cast<std::uint64_t>(values.size()));
  for (const T& value : values) append_value(bytes, value);
}

[[nodiscard]] inline std::string gguf_front(std::span<const GgufKey> keys, std::span<const GgufTensor> tensors) {
  std::string bytes = "GGUF";
  append_number(bytes, std::uint32_t{3});
  append_number(bytes, static_cast<std::uint64_t>(tensors.size()));
  append_number(bytes, static_cast<std::uint64_t>(keys.size()));
  for (const GgufKey& key : keys) {
    append_text(bytes, key.name);
    std::visit(
        [&]<class T>(const T& value) {
          append_number(bytes, gguf_value_type_of<T>);
          append_value(bytes, value);
        },
        key.value);
  }
  Index offset = 0;
  for (const GgufTensor& tensor : tensors) {
    append_text(bytes, tensor.name);
    append_number(bytes, static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto extent = tensor.shape.rbegin(); extent != tensor.shape.rend(); ++extent) {
      append_number(bytes, static_cast<std::uint64_t>(*extent));
    }
    append_number(bytes, tensor.type);
    append_number(bytes, static_cast<std::uint64_t>(offset));
    const Index size = byte_count(tensor);
    offset = sum_of_sizes("GGUF file", offset, size + gguf_padding(size));
  }
  bytes.append(static_cast<std::size_t>(gguf_padding(static_cast<Index>(bytes.size()))), '\0');
  return bytes;
}

// Data.

/// Walks through the rows of a tensor's pieces.
class PieceCursor {
 public:
  explicit PieceCursor(const std::vector<WeightView>& pieces) : pieces_(pieces) {}

  /// Widens the next rows, as many as there is place for.
  void read(MatrixView<float> rows) {
    while (rows.rows > 0) {
      const WeightView& piece = pieces_[piece_];
      const Index count = std::min(rows.rows, piece.rows - row_);
      if (count > 0) {
        const MatrixView<float> part = rows.row_range(0, count);
        if (piece) {
          simd::to_float(piece.row_range(row_, count), part);
        } else {
          for (Index i = 0; i < count; ++i) std::fill_n(part.row(i), part.columns, 0.0f);
        }
      }
      rows = rows.row_range(count, rows.rows - count);
      row_ += count;
      if (row_ == piece.rows) {
        ++piece_;
        row_ = 0;
      }
    }
  }

 private:
  const std::vector<WeightView>& pieces_;
  std::size_t piece_ = 0;
  Index row_ = 0;
};

inline void write_converted(StagedFile& file, const GgufTensor& tensor, const WriteObserver& on_written) {
  constexpr Index values_at_a_time = Index{1} << 20;
  const Index rows = rows_of(tensor), columns = tensor.shape.back(), bytes = row_bytes(tensor.type, columns);
  const Index band = std::clamp(values_at_a_time / columns, Index{1}, rows);
  Matrix<float> wide(band, columns);
  std::vector<std::byte> encoded(static_cast<std::size_t>(band * bytes));
  PieceCursor cursor(tensor.pieces);
  for (Index first = 0; first < rows; first += band) {
    const MatrixView<float> part = wide.view().row_range(0, std::min(band, rows - first));
    if (tensor.source) {
      tensor.source(first, part);
    } else {
      cursor.read(part);
    }
    encode_rows(part, tensor.type, encoded, "tensor " + tensor.name);
    file.write(std::span(encoded).first(static_cast<std::size_t>(part.rows * bytes)));
    if (on_written && tensor.source) on_written({}, part.rows * bytes);
  }
  if (!on_written) return;
  for (const WeightView& piece : tensor.pieces) {
    if (piece.rows > 0) on_written(piece, piece.rows * bytes);
  }
}

/// Whether the pieces lie in memory as they are to lie in the file.
[[nodiscard]] inline bool is_stored_as_written(const GgufTensor& tensor) {
  const auto dtype = dtype_of_gguf(tensor.type);
  return !tensor.source &&
         std::ranges::all_of(tensor.pieces, [&](const WeightView& piece) { return piece && piece.dtype == dtype; });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE void write_gguf(const std::filesystem::path& path, std::span<const GgufKey> keys,
                                   std::span<const GgufTensor> tensors, const WriteObserver& on_written) {
  detail::check_gguf_keys(keys);
  detail::check_gguf_tensors(tensors);
  StagedFile file{path};
  file.write(detail::gguf_front(keys, tensors));
  for (const GgufTensor& tensor : tensors) {
    if (detail::is_stored_as_written(tensor)) {
      for (const WeightView& piece : tensor.pieces) detail::write_values(file, piece, on_written);
    } else {
      detail::write_converted(file, tensor, on_written);
    }
    file.write(std::string(static_cast<std::size_t>(detail::gguf_padding(detail::byte_count(tensor))), '\0'));
  }
  file.commit();
  if (on_written) on_written({}, 0);
}

MULTIPRUNER_INLINE Index gguf_file_size(std::span<const GgufKey> keys, std::span<const GgufTensor> tensors) {
  detail::check_gguf_keys(keys);
  detail::check_gguf_tensors(tensors);
  auto size = static_cast<Index>(detail::gguf_front(keys, tensors).size());
  for (const GgufTensor& tensor : tensors) {
    const Index bytes = detail::byte_count(tensor);
    size = sum_of_sizes("GGUF file", size, bytes + detail::gguf_padding(bytes));
  }
  return size;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
