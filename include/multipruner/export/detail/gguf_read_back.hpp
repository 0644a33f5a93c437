// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The model in a GGUF file that GgufExporter wrote: of architecture llama, qwen2 or deci. Copies that it needs lie in
/// files without a name in the folder of the file.
/// @throws FileError, DataError where the file is not as it was written; UnsupportedError for other architectures.
[[nodiscard]] Graph read_gguf_back(const std::filesystem::path& file);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/gguf_read_back.ipp>
#endif
