// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/gguf_bytes.hpp"
#include "support/gguf_values.hpp"
#include "support/reference_data.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_writer.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

GgufFile written() {
  return GgufFile{test::source_path("tests/data/gguf/written.gguf")};
}

std::string part_name(int number, int count) {
  return "split-0000" + std::to_string(number) + "-of-0000" + std::to_string(count) + ".gguf";
}

/// Copies the three parts of the split model.
void copy_parts(const std::filesystem::path& folder) {
  for (int i = 1; i <= 3; ++i) {
    std::filesystem::copy(test::source_path("tests/data/gguf/" + part_name(i, 3)), folder / part_name(i, 3));
  }
}

}  // namespace

TEST_CASE("keys have the values that the gguf package for Python wrote") {
  const GgufFile file = written();
  CHECK(file.version() == 3);
  CHECK(file.keys().size() == 26);
  CHECK(file.keys().front().name() == "general.architecture");
  CHECK(file.key("general.architecture").string() == "llama");
  CHECK(file.key("a.u8").integer() == 250);
  CHECK(file.key("a.i8").integer() == -100);
  CHECK(file.key("a.u16").integer() == 65000);
  CHECK(file.key("a.i16").integer() == -30000);
  CHECK(file.key("a.u32").integer() == 4000000000);
  CHECK(file.key("a.i32").integer() == -2000000000);
  CHECK(file.key("a.i64").integer() == std::numeric_limits<Index>::min());
  CHECK(file.key("a.f32").number() == static_cast<double>(1e-5f));
  CHECK(file.key("a.f64").number() == 0.1);
  CHECK(file.key("a.u8").number() == 250.0);
  CHECK(file.key("a.true").boolean());
  CHECK_FALSE(file.key("a.false").boolean());
  CHECK(file.key("a.string").string() == "naïve ▁text");
  CHECK(file.key("list.u8").integers() == std::vector<Index>{0, 255});
  CHECK(file.key("list.i8").integers() == std::vector<Index>{-128, 127});
  CHECK(file.key("list.u16").integers() == std::vector<Index>{1, 65535});
  CHECK(file.key("list.i16").integers() == std::vector<Index>{-32768, 2});
  CHECK(file.key("list.u32").integers() == std::vector<Index>{3, 4294967295});
  CHECK(file.key("list.i32").integers() == std::vector<Index>{-1, 0, 1});
  CHECK(file.key("list.i64").integers() == std::vector<Index>{-2, Index{1} << 62});
  CHECK(file.key("list.f32").numbers() == std::vector<double>{0.5, -1000.0});
  CHECK(file.key("list.f64").numbers() == std::vector<double>{0.25, 1e300});
  CHECK(file.key("list.i32").numbers() == std::vector<double>{-1, 0, 1});
  CHECK(file.key("list.bool").booleans() == std::vector<bool>{true, false, true});
  CHECK(file.key("list.string").strings() == std::vector<std::string_view>{"<s>", "", "▁a", "b c"});
  CHECK(file.key("list.string").count() == 4);
  CHECK(file.key("list.string").description() == "an array of strings");
  CHECK(file.key("list.u8").description() == "an array of u8");
  CHECK(file.key("a.u8").description() == "a u8");
  CHECK(file.find_key("nothing") == nullptr);
}

TEST_CASE("keys of other types, and numbers out of range, are errors with their names") {
  const GgufFile file = written();
  const auto expect = [&](auto&& action, const std::vector<std::string>& parts) {
    expect_error<DataError>(action, parts);
    expect_error<DataError>(action, {"written.gguf"});
  };
  expect([&] { (void)file.key("nothing"); }, {"no key nothing"});
  expect([&] { (void)file.get("nothing"); }, {"no tensor nothing"});
  expect([&] { (void)file.weight("nothing"); }, {"no tensor nothing"});
  expect([&] { (void)file.key("a.string").integer(); }, {"key a.string", "is a string, not an integer"});
  expect([&] { (void)file.key("a.f32").integer(); }, {"is an f32, not an integer"});
  expect([&] { (void)file.key("a.true").integer(); }, {"is a bool, not an integer"});
  expect([&] { (void)file.key("list.i32").integer(); }, {"is an array of i32, not an integer"});
  expect([&] { (void)file.key("a.i32").integers(); }, {"is an i32, not an array of integers"});
  expect([&] { (void)file.key("list.f32").integers(); }, {"is an array of f32, not an array of integers"});
  expect([&] { (void)file.key("a.true").number(); }, {"not a number"});
  expect([&] { (void)file.key("list.string").numbers(); }, {"not an array of numbers"});
  expect([&] { (void)file.key("a.u8").boolean(); }, {"not a bool"});
  expect([&] { (void)file.key("list.u8").booleans(); }, {"not an array of bools"});
  expect([&] { (void)file.key("a.u8").string(); }, {"not a string"});
  expect([&] { (void)file.key("a.string").strings(); }, {"not an array of strings"});
  expect([&] { (void)file.key("a.u64").integer(); }, {"key a.u64", "18446744073709551614", "2^63"});
  expect([&] { (void)file.key("list.u64").integers(); }, {"key list.u64", "18446744073709551615"});

  const test::TemporaryDirectory directory;
  test::GgufBytes bytes;
  bytes.header(0, 2).text("b").u32(7).raw("\2").text("n").u32(9).u32(9).u64(1).u32(0).u64(0);
  test::write_file(directory / "x.gguf", bytes.bytes());
  const GgufFile strange{directory / "x.gguf"};
  expect_error<DataError>([&] { (void)strange.key("b").boolean(); }, {"key b", "value 2"});
  expect_error<DataError>([&] { (void)strange.key("n").integers(); }, {"key n", "is an array of arrays"});
  expect_error<DataError>([&] { (void)strange.key("n").copy(); }, {"key n", "is an array of arrays"});
  expect_error<DataError>([&] { (void)strange.key("b").copy(); }, {"key b", "value 2"});
}

TEST_CASE("tensors are viewed where they lie, and those in blocks are not") {
  const GgufFile file = written();
  CHECK(file.tensors().size() == 7);
  const Matrix<float> matrix = test::gguf_values(6, 64, 1);
  const StoredTensor weight = file.weight("matrix.f32");
  CHECK(weight.shape == std::vector<Index>{6, 64});
  CHECK(weight.view.dtype == DType::float32);
  CHECK(std::memcmp(weight.view.data, matrix.view().data, 6 * 64 * sizeof(float)) == 0);
  CHECK(file.weight("matrix.f16").view.dtype == DType::float16);
  CHECK(file.weight("matrix.bf16").view.dtype == DType::bfloat16);
  CHECK(file.weight("cube").shape == std::vector<Index>{2, 3, 4});
  CHECK(file.weight("cube").view.rows == 6);
  CHECK(file.weight("vector").view.rows == 1);
  CHECK(file.weight("vector").view.columns == 3);
  expect_error<UnsupportedError>([&] { (void)file.weight("matrix.q8_0"); }, {"written.gguf", "matrix.q8_0", "Q8_0"});

  const auto data = file.get("matrix.f32").data;
  file.release(data);
  CHECK(std::memcmp(data.data(), matrix.view().data, data.size()) == 0);
}

TEST_CASE("views of a GGUF file live as long as its storage") {
  WeightView view;
  std::shared_ptr<const void> storage;
  {
    const GgufFile file = written();
    view = file.weight("vector").view;
    storage = file.storage();
  }
  CHECK(static_cast<const float*>(view.data)[2] == test::gguf_values(1, 3, 2).view().row(0)[2]);
}

TEST_CASE("keys that are copied to another file have the same bytes") {
  const test::TemporaryDirectory directory;
  const GgufFile file = written();
  std::vector<GgufKey> keys;
  for (const GgufEntry& entry : file.keys()) keys.push_back(entry.copy());
  write_gguf(directory / "x.gguf", keys, {});
  std::string expected = test::read_file(file.path());
  expected[8] = 0;  // no tensors
  const std::size_t end = expected.find("matrix.f32") - 8;
  CHECK((test::read_file(directory / "x.gguf").substr(0, end) == expected.substr(0, end)));
}

TEST_CASE("tensors that are written again from what was read have the same bytes") {
  const test::TemporaryDirectory directory;
  const GgufFile file{test::source_path("tests/data/gguf/split-00001-of-00003.gguf")};
  std::vector<GgufTensor> tensors;
  for (const GgufTensorInfo& info : file.tensors()) {
    tensors.push_back(
        {.name = info.name, .shape = info.shape, .type = info.type, .pieces = {file.weight(info.name).view}});
  }
  write_gguf(directory / "a.gguf", {}, tensors);
  const GgufFile again{directory / "a.gguf"};
  for (const GgufTensorInfo& info : file.tensors()) {
    CHECK(again.get(info.name).shape == info.shape);
    CHECK(std::ranges::equal(again.get(info.name).data, info.data));
  }
}

TEST_CASE("a vocabulary of a quarter of a million is there in its order") {
  const test::TemporaryDirectory directory;
  std::vector<std::string> words;
  for (int i = 0; i < 256000; ++i) words.push_back("word" + std::to_string(i));
  write_gguf(directory / "x.gguf", std::vector<GgufKey>{{"tokenizer.ggml.tokens", words}}, {});
  const GgufFile file{directory / "x.gguf"};
  const auto strings = file.key("tokenizer.ggml.tokens").strings();
  CHECK((std::vector<std::string>(strings.begin(), strings.end()) == words));
}

TEST_CASE("vocabularies that llama.cpp wrote are read") {
  const auto path = test::reference_path("data/tokenizers/llama.cpp-vocab/ggml-vocab-llama-spm.gguf");
  SKIP_WITHOUT(path);
  const GgufFile file{path};
  CHECK(file.tensors().empty());
  CHECK(file.key("general.architecture").string() == "llama");
  CHECK(file.key("tokenizer.ggml.model").string() == "llama");
  const auto tokens = file.key("tokenizer.ggml.tokens").strings();
  REQUIRE(tokens.size() == 32000);
  CHECK(tokens[0] == "<unk>");
  CHECK(tokens[1] == "<s>");
  CHECK(tokens[259] == "▁▁");
  CHECK(file.key("tokenizer.ggml.scores").numbers().size() == tokens.size());
  CHECK(file.key("tokenizer.ggml.token_type").integers()[1] == 3);
  CHECK(file.key("tokenizer.ggml.bos_token_id").integer() == 1);
}

TEST_CASE("a split model is read as one") {
  const test::TemporaryDirectory directory;
  copy_parts(directory.path());
  const GgufFile file{directory / part_name(1, 3)};
  CHECK(file.key("llama.block_count").integer() == 2);
  REQUIRE(file.tensors().size() == 5);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "blk." + std::to_string(i) + ".weight";
    CHECK(file.tensors()[static_cast<std::size_t>(i)].name == name);
    const Matrix<float> expected = test::gguf_values(2, 4, static_cast<std::uint32_t>(50 + i));
    CHECK(std::memcmp(file.weight(name).view.data, expected.view().data, 8 * sizeof(float)) == 0);
    file.release(file.get(name).data);
  }
}

TEST_CASE("parts that do not fit are named") {
  const test::TemporaryDirectory directory;
  copy_parts(directory.path());
  const auto open = [&](const std::string& name) { (void)GgufFile{directory / name}; };
  expect_error<FileError>([&] { open(part_name(2, 3)); }, {part_name(2, 3), "not the first", part_name(1, 3)});
  std::filesystem::copy(directory / part_name(1, 3), directory / "renamed.gguf");
  expect_error<FileError>([&] { open("renamed.gguf"); }, {"renamed.gguf", "-00001-of-00003.gguf"});
  std::filesystem::rename(directory / part_name(3, 3), directory / "kept");
  expect_error<FileError>([&] { open(part_name(1, 3)); }, {part_name(3, 3), "cannot be opened"});
  std::filesystem::copy(directory / part_name(2, 3), directory / part_name(3, 3));
  expect_error<FileError>([&] { open(part_name(1, 3)); }, {part_name(3, 3), "part 3 of 3"});

  const auto write_third = [&](const std::string& tensor) {
    const std::vector<float> values(4);
    std::vector<GgufTensor> tensors;
    if (!tensor.empty()) {
      tensors.push_back({.name = tensor, .shape = {4}, .pieces = {WeightView(values.data(), 1, 4)}});
    }
    const std::vector<GgufKey> keys{{"split.no", std::uint16_t{2}}, {"split.count", std::uint16_t{3}}};
    write_gguf(directory / part_name(3, 3), keys, tensors);
  };
  write_third("blk.4.weight");
  open(part_name(1, 3));
  write_third("blk.0.weight");
  expect_error<FileError>([&] { open(part_name(1, 3)); }, {"tensor blk.0.weight", "two parts"});
  write_third("");
  expect_error<FileError>([&] { open(part_name(1, 3)); }, {"claims 5 tensors", "have 4"});
}
