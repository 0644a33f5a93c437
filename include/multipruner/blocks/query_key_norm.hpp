// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Over what queries and keys are normed (RMSNorm) before their positions are turned in.
enum class QueryKeyNorm : std::uint8_t {
  none,
  head,  ///< every head by itself, all with one weight (Qwen 3, Gemma 3)
  /// All heads together (OLMo 2). Of narrowed attention it is over the heads that are left, as transformers computes a
  /// checkpoint of so many heads: what that costs is in every measured cost.
  width,
};

[[nodiscard]] constexpr std::string_view name_of(QueryKeyNorm norm) {
  switch (norm) {
    case QueryKeyNorm::none:
      return "none";
    case QueryKeyNorm::head:
      return "head";
    case QueryKeyNorm::width:
      break;
  }
  return "width";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
