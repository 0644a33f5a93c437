// SPDX-License-Identifier: MIT
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/gguf_bytes.hpp"
#include "support/reference_data.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/gguf_header.hpp>

using namespace multipruner;
using test::GgufBytes;

namespace {

constexpr std::uint32_t u8 = 0, u32 = 4, string = 8, array = 9, f32 = 0, q8_0 = 8;

detail::GgufHeader parse(const std::string& bytes) {
  return detail::GgufHeaderParser(std::as_bytes(std::span(bytes)), "x.gguf").parse();
}

template <class Expected = FileError>
void expect_failure(const std::string& bytes, const std::vector<std::string>& parts) {
  test::expect_error<Expected>([&] { (void)parse(bytes); }, parts);
  test::expect_error<Expected>([&] { (void)parse(bytes); }, {"x.gguf"});
}

/// A file with one tensor of 64 bytes of data.
std::string one_tensor(const std::vector<std::uint64_t>& sizes, std::uint32_t type, std::uint64_t offset = 0) {
  return GgufBytes().header(1, 0).tensor("w", sizes, type, offset).align().raw(std::string(64, 'x')).bytes();
}

/// Arrays in arrays, the innermost empty.
std::string nested_arrays(int depth) {
  GgufBytes bytes;
  bytes.header(0, 1).text("k").u32(array);
  for (int i = 1; i < depth; ++i) bytes.u32(array).u64(1);
  return bytes.u32(u8).u64(0).bytes();
}

}  // namespace

TEST_CASE("a file without anything is one") {
  for (const std::uint32_t version : {2u, 3u}) {
    const auto header = parse(GgufBytes().header(0, 0, version).bytes());
    CHECK(header.version == version);
    CHECK(header.keys.empty());
    CHECK(header.tensors.empty());
  }
}

TEST_CASE("tensors have their shape and bytes wherever the file puts them") {
  GgufBytes file;
  file.header(2, 1).text("general.alignment").u32(u32).u32(64);
  file.tensor("b", {4, 2, 3}, f32, 64).tensor("a", {32}, q8_0, 0).align(64);
  file.raw(std::string(64, 'a')).raw(std::string(96, 'b'));
  const auto header = parse(file.bytes());
  REQUIRE(header.tensors.size() == 2);
  const GgufTensorInfo &b = header.tensors[0], &a = header.tensors[1];
  CHECK(b.name == "b");
  CHECK(b.shape == std::vector<Index>{3, 2, 4});
  CHECK(b.rows() == 6);
  CHECK(b.columns() == 4);
  CHECK(b.data.size() == 96);
  CHECK(b.data.front() == std::byte{'b'});
  CHECK(a.type == GgufType::q8_0);
  CHECK(a.rows() == 1);
  CHECK(a.data.size() == 34);
  CHECK(a.data.front() == std::byte{'a'});
}

TEST_CASE("every type of tensors has its size") {
  for (const auto& traits : detail::gguf_types) {
    const auto bytes = static_cast<std::size_t>(2 * traits.block_bytes);
    const auto header = parse(GgufBytes()
                                  .header(1, 0)
                                  .tensor("w", {static_cast<std::uint64_t>(traits.block_values), 2},
                                          static_cast<std::uint32_t>(traits.type), 0)
                                  .align()
                                  .raw(std::string(bytes, 'x'))
                                  .bytes());
    CHECK(header.tensors[0].type == traits.type);
    CHECK(header.tensors[0].data.size() == bytes);
    CHECK(row_bytes(traits.type, traits.block_values) == traits.block_bytes);
  }
}

TEST_CASE("other files are refused by name") {
  expect_failure("", {"no GGUF file"});
  expect_failure("GGU", {"no GGUF file"});
  expect_failure("version https://git-lfs.github.com/spec/v1", {"Git LFS pointer"});
  expect_failure<UnsupportedError>("tjgg" + std::string(40, '\0'), {"before GGUF"});
  expect_failure<UnsupportedError>(GgufBytes().header(0, 0, 1).bytes(), {"version 1"});
  expect_failure<UnsupportedError>(GgufBytes().header(0, 0, 4).bytes(), {"version 4"});
  expect_failure<UnsupportedError>(GgufBytes().header(0, 0, 0).bytes(), {"version 0"});
  expect_failure<UnsupportedError>(GgufBytes().header(0, 0, 0x03000000).bytes(), {"big-endian"});
}

TEST_CASE("a file that ends too early is an error wherever it does") {
  const std::string whole = test::read_file(test::source_path("tests/data/gguf/written.gguf"));
  REQUIRE(parse(whole).tensors.size() == 7);
  const std::size_t needed = whole.size() - 16;  // behind the last tensor, there is only padding
  CHECK(parse(whole.substr(0, needed)).tensors.size() == 7);
  for (std::size_t size = 4; size < needed; size += size < 2048 ? 1 : 37) {
    INFO(size);
    test::expect_error<FileError>([&] { (void)parse(whole.substr(0, size)); }, {"x.gguf"});
  }
}

TEST_CASE("counts and lengths that cannot be are errors") {
  constexpr std::uint64_t huge = ~std::uint64_t{0};
  expect_failure(GgufBytes().header(huge, 0).bytes(), {"18446744073709551615 tensors"});
  expect_failure(GgufBytes().header(0, huge).bytes(), {"18446744073709551615 keys"});
  expect_failure(GgufBytes().header(0, 1).u64(huge).raw(std::string(20, 'x')).bytes(), {"key number 0", "cut off"});
  expect_failure(GgufBytes().header(0, 1).text("k").u32(string).u64(huge).bytes(), {"key k", "cut off"});
  for (const std::uint32_t type : {u8, u32, string, array, 12u}) {
    expect_failure(GgufBytes().header(0, 1).text("k").u32(array).u32(type).u64(huge).bytes(), {"key k", "cut off"});
    expect_failure(GgufBytes().header(0, 1).text("k").u32(array).u32(type).u64(huge / 4 + 2).bytes(),
                   {"key k", "cut off"});
  }
  expect_failure(GgufBytes().header(0, 1).text("k").u32(array).u32(string).u64(2).text("a").u64(9).bytes(), {"key k"});
  expect_failure(GgufBytes().header(1, 0).u64(huge).raw(std::string(40, 'x')).bytes(), {"tensor number 0", "cut off"});
}

TEST_CASE("keys that cannot be are errors") {
  expect_failure(GgufBytes().header(0, 1).text("k").u32(13).u64(0).bytes(), {"key k", "unknown type 13"});
  expect_failure(GgufBytes().header(0, 1).text("k").u32(array).u32(99).u64(0).bytes(), {"key k", "unknown type 99"});
  expect_failure(GgufBytes().header(0, 1).text("").u32(u32).u32(0).bytes(), {"key number 0", "empty"});
  expect_failure(GgufBytes().header(0, 1).text("\xff").u32(u32).u32(0).bytes(), {"key number 0", "UTF-8"});
  expect_failure(GgufBytes().header(0, 2).text("k").u32(u32).u32(0).text("k").u32(u32).u32(0).bytes(),
                 {"key k", "twice"});
  const auto alignment = [](std::uint32_t type, std::uint32_t value) {
    return GgufBytes().header(0, 1).text("general.alignment").u32(type).u32(value).bytes();
  };
  CHECK(parse(alignment(u32, 8)).keys.size() == 1);
  CHECK(parse(alignment(u32, 1u << 31)).keys.size() == 1);
  for (const std::uint32_t wrong : {0u, 1u, 4u, 24u, ~0u}) {
    expect_failure(alignment(u32, wrong), {"general.alignment", "power of two"});
  }
  expect_failure(alignment(5, 32), {"general.alignment", "u32"});
}

TEST_CASE("arrays in arrays are known to some depth") {
  for (const int depth : {1, 2, 3, 4}) {
    const auto header = parse(nested_arrays(depth));
    CHECK(header.keys[0].is_array());
    CHECK(header.keys[0].type() == (depth == 1 ? GgufValueType::uint8 : GgufValueType::array));
  }
  expect_failure(nested_arrays(5), {"key k", "more than 4 deep"});
  expect_failure(nested_arrays(10000), {"key k", "more than 4 deep"});
}

TEST_CASE("tensors that cannot be are errors") {
  CHECK(parse(one_tensor({16}, f32)).tensors.size() == 1);
  expect_failure(one_tensor({}, f32), {"tensor w", "0 dimensions"});
  expect_failure(one_tensor({1, 1, 1, 1, 1}, f32), {"tensor w", "5 dimensions"});
  expect_failure(one_tensor({4, 0}, f32), {"tensor w", "extent of 0"});
  expect_failure(one_tensor({1ull << 63}, f32), {"tensor w", "extent of 9223372036854775808"});
  expect_failure(one_tensor({1ull << 32, 1ull << 32}, f32), {"tensor w", "more than any file"});
  expect_failure(one_tensor({1ull << 31, 1ull << 31}, f32), {"tensor w", "more than any file"});
  expect_failure(one_tensor({1ull << 30, 1ull << 30}, f32), {"tensor w", "4611686018427387904", "64"});
  expect_failure(one_tensor({16, 2}, q8_0), {"tensor w", "Q8_0 of shape [2, 16]", "blocks of 32"});
  expect_failure<UnsupportedError>(one_tensor({16}, 4), {"tensor w", "unknown type 4"});
  expect_failure<UnsupportedError>(one_tensor({16}, 1000), {"tensor w", "unknown type 1000"});
  expect_failure(one_tensor({17}, f32), {"tensor w", "68 bytes", "64"});
  expect_failure(one_tensor({1}, f32, 16), {"tensor w", "byte 16", "aligned to 32"});
  expect_failure(one_tensor({1}, f32, 64), {"tensor w", "byte 64"});
  expect_failure(one_tensor({1}, f32, ~std::uint64_t{31}), {"tensor w", "18446744073709551584"});
  const auto two = [](std::string_view a, std::string_view b, std::uint64_t offset) {
    GgufBytes bytes;
    bytes.header(2, 0).tensor(a, {16}, f32, 0).tensor(b, {8}, f32, offset);
    return bytes.align().raw(std::string(96, 'x')).bytes();
  };
  CHECK(parse(two("a", "b", 64)).tensors.size() == 2);
  expect_failure(two("a", "b", 32), {"tensor b", "overlaps tensor a"});
  expect_failure(two("a", "b", 0), {"overlaps"});
  expect_failure(two("a", "a", 64), {"tensor a", "twice"});
  expect_failure(two("a", "", 64), {"tensor number 1", "empty"});
  expect_failure(two("a", "\xc3", 64), {"tensor number 1", "UTF-8"});
}

TEST_CASE("whatever bytes change, a file is read or refused") {
  const std::string whole = test::read_file(test::source_path("tests/data/gguf/written.gguf"));
  std::mt19937 random(7);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole;
    for (int change = 0; change < 3; ++change) bytes[random() % 1500] = static_cast<char>(random());
    try {
      for (const GgufEntry& entry : parse(bytes).keys) (void)entry.description();
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 300);
  CHECK(refused < 3000);
}
