// SPDX-License-Identifier: MIT
#include <cstdint>
#include <utility>

#include <catch2/catch.hpp>

#include <multipruner/tensor/aligned_buffer.hpp>

using multipruner::AlignedBuffer;

TEST_CASE("an aligned buffer starts at a multiple of 64 bytes and keeps what is written") {
  for (const multipruner::Index size : {0, 1, 7, 1000}) {
    const AlignedBuffer<float> buffer(size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    REQUIRE(buffer.size() == size);
    for (multipruner::Index i = 0; i < size; ++i) buffer[i] = static_cast<float>(i);
    for (multipruner::Index i = 0; i < size; ++i)
      REQUIRE(buffer.span()[static_cast<std::size_t>(i)] == static_cast<float>(i));
  }
}

TEST_CASE("moving an aligned buffer moves its memory") {
  AlignedBuffer<int> source(3);
  const int* memory = source.data();
  AlignedBuffer<int> target = std::move(source);
  REQUIRE(target.data() == memory);
  REQUIRE(target.size() == 3);
  REQUIRE(source.data() == nullptr);
  REQUIRE(source.size() == 0);
  source = std::move(target);
  REQUIRE(source.data() == memory);
  REQUIRE(AlignedBuffer<int>().size() == 0);
}
