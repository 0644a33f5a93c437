// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_key.hpp>
#include <multipruner/io/gguf_tensor.hpp>
#include <multipruner/io/safetensors_writer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Writes a GGUF file of version 3, little-endian, with keys and tensors in the given order and data aligned to 32
/// bytes (format: docs/gguf.md of github.com/ggml-org/ggml). The same input gives the same bytes. The file appears
/// under its name when it is complete, replacing an older one. Values are rounded on the way, to nearest even; Q8_0 as
/// the gguf package for Python does it. Of the weights, a few megabytes are in memory at a time.
/// @param on_written  is told of the bytes that went to the file; the view is empty for tensors with a source
/// @throws OptionError where a shape contradicts its pieces, a name is used twice or is no name of the format, or rows
/// are no whole blocks of their type; DataError where a type cannot hold a value: one that is finite would become
/// infinite, or one that is not is to become Q8_0; OutputError where the file cannot be written.
void write_gguf(const std::filesystem::path& path, std::span<const GgufKey> keys, std::span<const GgufTensor> tensors,
                const WriteObserver& on_written = {});

/// Bytes of the file that `write_gguf` makes of the same. @throws OptionError as it does
[[nodiscard]] Index gguf_file_size(std::span<const GgufKey> keys, std::span<const GgufTensor> tensors);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_writer.ipp>
#endif
