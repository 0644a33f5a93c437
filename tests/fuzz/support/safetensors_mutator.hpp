// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

/// Mutates header and data of a safetensors file apart and keeps the length in front of the header right, which chance
/// alone hardly does; one time in eight any byte may change. Included by one file of a program.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::uint64_t length = 0;
  constexpr std::size_t front = sizeof length;
  if (size < front || max_size < 2 * front || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(&length, data, front);
  const std::size_t header_size = std::min<std::size_t>(length, size - front);
  std::string header(reinterpret_cast<const char*>(data) + front, header_size);
  std::string body(reinterpret_cast<const char*>(data) + front + header_size, size - front - header_size);
  std::string& mutated = seed % 8 < 6 ? header : body;
  const std::size_t room = max_size - front - (size - front - mutated.size());
  const std::size_t before = mutated.size();
  mutated.resize(std::max(before, room));
  mutated.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(mutated.data()), before, room));
  length = header.size();
  std::memcpy(data, &length, front);
  std::memcpy(data + front, header.data(), header.size());
  std::memcpy(data + front + header.size(), body.data(), body.size());
  return front + header.size() + body.size();
}
