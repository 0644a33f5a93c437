// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/gguf_type.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether `encode_rows` knows a type.
[[nodiscard]] constexpr bool is_encodable(GgufType type) {
  return dtype_of_gguf(type).has_value() || type == GgufType::q8_0;
}

/// Rounds rows to a type of GGUF files, to nearest even; in Q8_0, half away from zero, with the float16 scale max |x| /
/// 127 of a block, as the gguf package for Python does. In parallel.
/// @param target  at least as many bytes as the rows need @param where  names the tensor in errors
/// @throws DataError where the type cannot hold a value
void encode_rows(MatrixView<const float> rows, GgufType type, std::span<std::byte> target, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/detail/encode_rows.ipp>
#endif
