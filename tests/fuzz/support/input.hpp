// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace multipruner::fuzz {

[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the piece in front of the next zero byte off an input that stands for several files.
[[nodiscard]] inline std::string_view take_piece(std::string_view& input) {
  const std::string_view piece = input.substr(0, input.find('\0'));
  input.remove_prefix(std::min(piece.size() + 1, input.size()));
  return piece;
}

}  // namespace multipruner::fuzz
