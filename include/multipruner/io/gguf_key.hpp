// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A key of a GGUF file that is to be written, with its value. The C++ type decides what type stands in the file:
/// readers of GGUF want the very one that they expect, e.g. `std::uint32_t{32}` for block_count.
struct GgufKey {
  /// Every type of the format, and arrays of them.
  using Value =
      std::variant<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t,
                   std::int64_t, float, double, bool, std::string, std::vector<std::uint8_t>, std::vector<std::int8_t>,
                   std::vector<std::uint16_t>, std::vector<std::int16_t>, std::vector<std::uint32_t>,
                   std::vector<std::int32_t>, std::vector<std::uint64_t>, std::vector<std::int64_t>, std::vector<float>,
                   std::vector<double>, std::vector<bool>, std::vector<std::string>>;

  std::string name{};
  Value value{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
