// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/safetensors_bytes.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/safetensors_header.hpp>

using namespace multipruner;
using test::safetensors_bytes;

namespace {

detail::SafetensorsHeader parse(const std::string& bytes) {
  return detail::SafetensorsHeaderParser(std::as_bytes(std::span(bytes)), "x.safetensors").parse();
}

void expect_failure(const std::string& bytes, const std::vector<std::string>& parts) {
  INFO(bytes.substr(0, 200));
  test::expect_error<FileError>([&] { (void)parse(bytes); }, parts);
  test::expect_error<FileError>([&] { (void)parse(bytes); }, {"x.safetensors"});
}

/// A file with one tensor "w" that is described by `entry`, and eight bytes of data.
std::string one_tensor(const std::string& entry) {
  return safetensors_bytes(R"({"w":)" + entry + "}", "12345678");
}

}  // namespace

TEST_CASE("a header gives types, shapes and bytes, in the order of the data") {
  const auto header = parse(safetensors_bytes(
      R"({"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},"__metadata__":{"format":"pt"},)"
      R"("a":{"dtype":"I64","shape":[1,1],"data_offsets":[8,16]},"c":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},)"
      R"("e":{"dtype":"F16","shape":[3,0],"data_offsets":[16,16]}}   )",
      std::string(16, 'x')));
  REQUIRE(header.tensors.size() == 4);
  CHECK(header.metadata.at("format") == "pt");
  CHECK(header.tensors[0].name == "c");
  CHECK(header.tensors[0].dtype == DType::bfloat16);
  CHECK(header.tensors[0].shape == std::vector<Index>{2});
  CHECK(header.tensors[1].name == "b");
  CHECK(header.tensors[1].shape.empty());
  CHECK(header.tensors[1].element_count() == 1);
  CHECK(header.tensors[1].byte_count() == 4);
  CHECK(header.tensors[2].name == "a");
  CHECK(header.tensors[2].dtype_name == "I64");
  CHECK_FALSE(header.tensors[2].dtype);
  CHECK(header.tensors[3].element_count() == 0);
  CHECK(parse(safetensors_bytes("{}", "")).tensors.empty());
}

TEST_CASE("every type of the format is known") {
  for (const auto& [name, bits] : detail::safetensors_types) {
    const std::string bytes(static_cast<std::size_t>(bits), 'x');  // eight elements
    const auto header =
        parse(safetensors_bytes(R"({"w":{"dtype":")" + std::string(name) + R"(","shape":[2,4],"data_offsets":[0,)" +
                                    std::to_string(bits) + "]}}",
                                bytes));
    CHECK(header.tensors[0].dtype_name == name);
  }
}

TEST_CASE("a length that cannot be is an error") {
  expect_failure("", {"has 0 bytes"});
  expect_failure("1234567", {"has 7 bytes"});
  expect_failure(safetensors_bytes("{}", "").substr(0, 9), {"claims 2 bytes, but only 1"});
  expect_failure(std::string(8, '\xff') + "{}", {"claims 18446744073709551615 bytes", "100000000"});
  std::string absurd = safetensors_bytes("{}", "");
  absurd[3] = '\x20';  // 2^29
  expect_failure(absurd, {"claims 536870914 bytes"});
}

TEST_CASE("a header that is no JSON object is an error") {
  expect_failure(safetensors_bytes("", ""), {"not valid JSON"});
  expect_failure(safetensors_bytes("{\"a\":", ""), {"header", "not valid JSON"});
  expect_failure(safetensors_bytes("{\"\xc3\":1}", ""), {"UTF-8"});
  expect_failure(safetensors_bytes("[]", ""), {"not a JSON object"});
  expect_failure(safetensors_bytes("3", ""), {"not a JSON object"});
  expect_failure(safetensors_bytes(R"({"__metadata__":3})", ""), {"__metadata__", "not a JSON object"});
  expect_failure(safetensors_bytes(R"({"__metadata__":{"format":3}})", ""), {"format", "not a string"});
}

TEST_CASE("names that occur twice are an error") {
  const std::string entry = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  expect_failure(safetensors_bytes(R"({"w":)" + entry + R"(,"w":)" + entry + "}", "1234"), {"\"w\"", "twice"});
  expect_failure(one_tensor(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
                 {"\"dtype\"", "twice"});
}

TEST_CASE("a tensor that is not described is an error") {
  expect_failure(one_tensor("3"), {"tensor w", "JSON object"});
  expect_failure(one_tensor(R"({"shape":[2],"data_offsets":[0,8]})"), {"tensor w", "no dtype"});
  expect_failure(one_tensor(R"({"dtype":4,"shape":[2],"data_offsets":[0,8]})"), {"no dtype"});
  expect_failure(one_tensor(R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})"),
                 {"tensor w", "unknown dtype \"F31\""});
  expect_failure(one_tensor(R"({"dtype":"F32","data_offsets":[0,8]})"), {"no shape"});
  expect_failure(one_tensor(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})"), {"no shape"});
  expect_failure(one_tensor(R"({"dtype":"F32","shape":[2]})"), {"no data_offsets"});
}

TEST_CASE("shapes that cannot be are an error") {
  const auto with_shape = [](const std::string& shape) {
    return one_tensor(R"({"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[0,8]})");
  };
  CHECK(parse(with_shape("[1,2]")).tensors.size() == 1);
  expect_failure(with_shape("[-2]"), {"-2", "shape"});
  expect_failure(with_shape("[2.0]"), {"2.0", "shape"});
  expect_failure(with_shape("[\"2\"]"), {"shape"});
  expect_failure(with_shape("[true]"), {"shape"});
  expect_failure(with_shape("[9223372036854775808]"), {"9223372036854775808", "shape"});
  expect_failure(with_shape("[4294967296,4294967296]"), {"[4294967296, 4294967296]", "more than any file"});
  expect_failure(with_shape("[0,9223372036854775807,2]"), {"more than any file"});
  expect_failure(with_shape("[2,9223372036854775807]"), {"more than any file"});
  expect_failure(with_shape("[3]"), {"8 bytes of data", "F32 of shape [3] needs 96 bits"});
  expect_failure(with_shape("[0]"), {"needs 0 bits"});
  expect_failure(one_tensor(R"({"dtype":"F4","shape":[15],"data_offsets":[0,8]})"), {"needs 60 bits"});
}

TEST_CASE("offsets that cannot be are an error") {
  const auto with_offsets = [](const std::string& offsets) {
    return one_tensor(R"({"dtype":"F32","shape":[2],"data_offsets":)" + offsets + "}");
  };
  expect_failure(with_offsets("[0]"), {"1 data_offsets instead of two"});
  expect_failure(with_offsets("[0,4,8]"), {"3 data_offsets instead of two"});
  expect_failure(with_offsets("{}"), {"no data_offsets"});
  expect_failure(with_offsets("[0,8.0]"), {"8.0", "data_offsets"});
  expect_failure(with_offsets("[-8,0]"), {"-8", "data_offsets"});
  expect_failure(with_offsets("[8,0]"), {"[8, 0]", "end before they begin"});
  expect_failure(with_offsets("[4,12]"), {"ends at byte 12", "8 bytes", "truncated"});
  expect_failure(with_offsets("[9223372036854775799,9223372036854775807]"), {"ends at byte 9223372036854775807"});
}

TEST_CASE("holes, overlaps and rests are an error") {
  const auto two = [](const std::string& first, const std::string& second) {
    return safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
                                 R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}",
                             std::string(10, 'x'));
  };
  expect_failure(two("[0,4]", "[6,10]"), {"tensor b", "begins at byte 6", "gap", "tensor a", "ends at 4"});
  expect_failure(two("[2,6]", "[6,10]"), {"tensor a", "gap behind the beginning"});
  expect_failure(two("[0,4]", "[3,7]"), {"tensor b", "overlaps tensor a", "ends at 4"});
  expect_failure(two("[0,4]", "[0,4]"), {"tensor b", "overlaps tensor a"});
  expect_failure(two("[4,8]", "[0,4]"), {"2 bytes behind the last tensor", "ends at 8"});
  expect_failure(safetensors_bytes("{}", "x"), {"1 bytes behind"});
}

TEST_CASE("whatever is broken in a file, it loads or is refused by name") {
  const std::string valid = safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]}})",
      std::string(40, 'x'));
  REQUIRE(parse(valid).tensors.size() == 3);
  std::mt19937 random{42};
  int loaded = 0, refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      for (const TensorInfo& info : parse(bytes).tensors) {
        REQUIRE(info.begin >= 0);
        REQUIRE(info.end <= static_cast<Index>(bytes.size()));
      }
      ++loaded;
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t size = 0; size < valid.size(); ++size) attempt(valid.substr(0, size));
  CHECK(loaded == 0);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = valid;
    const int flips = 1 + static_cast<int>(random() % 4);
    for (int flip = 0; flip < flips; ++flip) {
      const std::size_t position = random() % (valid.size() - 40);
      bytes[position] = round % 2 == 0 ? static_cast<char>(random()) : "0123456789[]{},:\"-.e"[random() % 20];
    }
    attempt(bytes);
  }
  CHECK(loaded > 100);
  CHECK(refused > 10000);
}
