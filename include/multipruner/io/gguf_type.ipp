// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/io/gguf_type.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE Index row_bytes(GgufType type, Index columns) {
  const detail::GgufTypeTraits& traits = detail::traits_of(type);
  if (columns % traits.block_values != 0) {
    throw OptionError(
        std::string(traits.name),
        "has blocks of " + std::to_string(traits.block_values) + " values, and a row has " + std::to_string(columns),
        "Choose a type without blocks for it: F32, F16 or BF16");
  }
  return product_of_sizes("row", {columns / traits.block_values, traits.block_bytes});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
