// SPDX-License-Identifier: MIT
#include <cstring>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/core/memory.hpp>
#include <multipruner/core/scratch_memory.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("scratch memory leaves physical memory and keeps what is written") {
  constexpr Index size = Index{64} << 20;
  const TemporaryDirectory directory;
  ScratchMemory memory(directory.path(), size);
  CHECK(std::filesystem::is_empty(directory.path()));
  std::memset(memory.data(), 42, size);
  const Index filled = resident_memory().now;
  detail::release_pages(memory.data(), size);
  CHECK(resident_memory().now < filled - size / 2);
  CHECK(memory.data()[0] == std::byte{42});
  CHECK(memory.data()[size - 1] == std::byte{42});
  CHECK(resident_memory().most > filled - size / 2);  // the kernel counts loosely

  ScratchMemory moved = std::move(memory);
  CHECK(moved.data()[size / 2] == std::byte{42});
  CHECK(moved.size() == size);
}

TEST_CASE("scratch memory without a place is refused by name") {
  const TemporaryDirectory directory;
  expect_error<OutputError>([&] { ScratchMemory(directory / "missing", 100); }, {"missing", "No such file"});
  expect_error<OutputError>([&] { ScratchMemory(directory.path(), Index{1} << 60); }, {"no place for scratch memory"});
}
