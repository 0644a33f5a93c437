// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/io/stored_tensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The text entries that a safetensors file carries beside its tensors.
using SafetensorsMetadata = std::map<std::string, std::string>;

/// Told of every piece of tensor data that was written, in bytes, and with 0 when a file is complete. May throw to have
/// the writing given up.
using WriteObserver = std::function<void(const WeightView& weight, Index bytes)>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

static_assert(std::endian::native == std::endian::little, "safetensors files are read and written without swapping");

[[nodiscard]] Index byte_count(const StoredTensor& tensor);

/// @throws OptionError where a tensor's shape contradicts its view, or two tensors share a name.
void check_writable(std::span<const StoredTensor> tensors);

/// What the header says of a tensor.
struct HeaderEntry {
  const std::string& name;
  std::string_view dtype;
  const std::vector<Index>& shape;
  Index bytes;
};

void write_header(StagedFile& file, std::span<const HeaderEntry> entries, const SafetensorsMetadata& metadata);

/// Writes the rows of a view, one behind the other, as they are stored.
void write_values(StagedFile& file, const WeightView& view, const WriteObserver& on_written);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Writes a safetensors file: the same input gives the same bytes, and those of the format's own library
/// where that keeps the same order. Tensors of wider types come first, otherwise the order is as given. The
/// file appears under its name when it is complete, replacing an older one.
/// @param metadata transformers refuses files without a "format".
/// @throws OptionError where a shape contradicts its view, a name is used twice, or a text is not UTF-8;
/// OutputError where the file cannot be written.
void write_safetensors(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
                       const SafetensorsMetadata& metadata = {{"format", "pt"}}, const WriteObserver& on_written = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/safetensors_writer.ipp>
#endif
