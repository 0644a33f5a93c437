// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_type.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A tensor of a GGUF file. Its data is valid as long as the `GgufFile` or its storage.
struct GgufTensorInfo {
  std::string name{};
  GgufType type = GgufType::f32;
  std::vector<Index> shape{};         ///< one to four extents, rows first; files have them the other way round
  std::span<const std::byte> data{};  ///< rows one behind the other, each of whole blocks of the type

  [[nodiscard]] Index columns() const { return shape.back(); }
  /// The product of the other extents: 1 for a vector.
  [[nodiscard]] Index rows() const {
    Index count = 1;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) count *= shape[i];
    return count;
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
