// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

/// Changes numbers as numbers half of the time: one of 4 or 8 bytes somewhere becomes one that is small, large, a power
/// of two, or next to what it was, as lengths, counts, types and offsets are; chance alone mostly changes texts and
/// data. One time in sixteen a part of the file is doubled, which makes two keys or tensors of one name. Included by
/// one file of a program.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  constexpr std::size_t front = 24;
  if (size <= front + 8 || seed % 16 < 7) return LLVMFuzzerMutate(data, size, max_size);
  std::uint64_t random = (seed + 1u) * 0x9e3779b97f4a7c15u;
  const auto draw = [&](std::uint64_t below) {
    random = (random ^ random >> 29) * 0xbf58476d1ce4e5b9u;
    return (random >> 16) % below;
  };
  if (seed % 16 == 15) {
    const auto from = static_cast<std::size_t>(draw(size)), count = static_cast<std::size_t>(draw(size - from) + 1);
    if (size + count > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::memmove(data + from + count, data + from, size - from);
    data[draw(2) == 0 ? 8 : 16] += 1;  // one more tensor, or key
    return size + count;
  }
  const std::size_t width = draw(2) == 0 ? 4 : 8;
  // Most often in the first part, where the numbers are, and in the header one time in eight.
  const auto begin = static_cast<std::size_t>(
      draw(8) == 0 ? 8 + 8 * draw(2) : draw(draw(4) == 0 ? size - 8 : std::min<std::size_t>(size - 8, 512)));
  std::uint64_t number = 0;
  std::memcpy(&number, data + begin, width);
  const std::array<std::uint64_t, 6> choices{
      number + 1, number - 1, draw(48), std::uint64_t{1} << draw(64), ~std::uint64_t{0} - draw(64), size - draw(size)};
  number = choices[static_cast<std::size_t>(draw(choices.size()))];
  std::memcpy(data + begin, &number, width);
  return size;
}
