// SPDX-License-Identifier: MIT
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/io/safetensors_writer.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

/// Whether two matrices have the same values, bit for bit.
bool same_bits(const WeightView& a, const WeightView& b) {
  if (a.dtype != b.dtype || a.rows != b.rows || a.columns != b.columns) return false;
  const auto row_bytes = static_cast<std::size_t>(a.columns * size_of(a.dtype));
  for (Index i = 0; i < a.rows; ++i) {
    if (std::memcmp(a.row_range(i, 1).data, b.row_range(i, 1).data, row_bytes) != 0) return false;
  }
  return true;
}

/// 6 × 8 values of every bit pattern class: zeros of both signs, denormals, infinities, NaN payloads.
std::vector<std::uint32_t> strange_words() {
  std::vector<std::uint32_t> words{0x00000000, 0x80000000, 0x00000001, 0x7f800000, 0xff800000, 0x7fc12345, 0x7f800001};
  while (words.size() < 48) words.push_back(words.back() * 1664525u + 1013904223u);
  return words;
}

}  // namespace

TEST_CASE("all types and strided views come back bit for bit") {
  const test::TemporaryDirectory directory;
  const auto words = strange_words();
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::float16}) {
    const Index columns = dtype == DType::float32 ? 8 : 16;
    const WeightView all{words.data(), dtype, 6, columns, columns};
    const std::vector<StoredTensor> tensors{
        {"all", {6, columns}, all},
        {"rows", {2, columns}, all.row_range(3, 2)},
        {"columns", {6, 3}, all.column_range(2, 3)},
        {"one row", {3}, all.row_range(5, 1).column_range(1, 3)},
        {"odd", {3, 1, 1}, all.row_range(1, 3).column_range(5, 1)},
        {"scalar", {}, all.row_range(0, 1).column_range(3, 1)},
        {"empty", {0, 4}, WeightView{nullptr, dtype, 0, 4, 4}},
        {"wide and empty", {4, 0}, all.row_range(0, 4).column_range(0, 0)},
    };
    write_safetensors(directory / "x.safetensors", tensors);
    const SafetensorsFile file{directory / "x.safetensors"};
    CHECK(file.metadata().at("format") == "pt");
    CHECK(file.tensors().size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      INFO(tensors[i].name);
      const StoredTensor read = file.weight(tensors[i].name);
      CHECK(read.shape == tensors[i].shape);
      CHECK(read.view.dtype == dtype);
      if (tensors[i].shape.size() == 2) CHECK(same_bits(read.view, tensors[i].view));
    }
    CHECK(file.tensors()[2].name == "columns");
    CHECK(same_bits(file.weight("one row").view, tensors[3].view));
    CHECK(same_bits(file.weight("scalar").view, tensors[5].view));
    CHECK(same_bits(file.weight("odd").view, tensors[4].view));
  }
}

TEST_CASE("the bytes are those of the format") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values{1.0f, -2.0f};
  const std::vector<StoredTensor> tensors{{"a\"é", {2}, WeightView(values.data(), 1, 2)}};
  write_safetensors(directory / "x.safetensors", tensors, {{"format", "pt"}, {"by", "us"}});
  std::string header =
      R"({"__metadata__":{"by":"us","format":"pt"},"a\"é":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  while (header.size() % 8 != 0) header += ' ';
  std::string expected(1, static_cast<char>(header.size()));
  expected += std::string(7, '\0') + header;
  expected += std::string({'\0', '\0', '\x80', '\x3f', '\0', '\0', '\0', '\xc0'});
  CHECK(test::read_file(directory / "x.safetensors") == expected);

  write_safetensors(directory / "none.safetensors", {}, {});
  CHECK(test::read_file(directory / "none.safetensors") == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  CHECK(SafetensorsFile{directory / "none.safetensors"}.tensors().empty());
}

TEST_CASE("wider types come first, so that everything is aligned") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(4);
  const std::vector<StoredTensor> tensors{{"half", {3}, WeightView{values.data(), DType::float16, 1, 3, 3}},
                                          {"b", {1}, WeightView{values.data(), DType::float32, 1, 1, 1}},
                                          {"bf", {1}, WeightView{values.data(), DType::bfloat16, 1, 1, 1}},
                                          {"a", {4}, WeightView{values.data(), DType::float32, 1, 4, 4}}};
  write_safetensors(directory / "x.safetensors", tensors);
  const SafetensorsFile file{directory / "x.safetensors"};
  std::string order;
  for (const TensorInfo& info : file.tensors()) order += info.name + " ";
  CHECK(order == "b a half bf ");
}

TEST_CASE("models come back byte for byte when their tensors are written again") {
  SKIP_WITHOUT(test::reference_path("models"));
  const test::TemporaryDirectory directory;
  for (const std::string name : {"models/stories-1.6M/model.safetensors", "golden/arch/mamba2/model.safetensors",
                                 "golden/arch/llama-gqa-f16-sharded/model-00002-of-00003.safetensors"}) {
    INFO(name);
    const SafetensorsFile file{test::reference_path(name)};
    std::vector<StoredTensor> tensors;
    for (const TensorInfo& info : file.tensors()) tensors.push_back(file.weight(info.name));
    write_safetensors(directory / "x.safetensors", tensors, file.metadata());
    CHECK((test::read_file(directory / "x.safetensors") == test::read_file(file.path())));
  }
}

TEST_CASE("tensors that cannot be written are named") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(6);
  const WeightView view(values.data(), 2, 3);
  const auto expect = [&](const StoredTensor& tensor, const std::vector<std::string>& parts) {
    const std::vector<StoredTensor> tensors{tensor};
    expect_error<OptionError>([&] { write_safetensors(directory / "x.safetensors", tensors); }, parts);
  };
  constexpr Index huge = std::numeric_limits<Index>::max();
  expect({"w", {5}, view}, {"tensor w", "shape [5]", "2 × 3 values"});
  expect({"w", {}, view}, {"shape []"});
  expect({"w", {-2, -3}, view}, {"shape [-2, -3]"});
  expect({"w", {huge, huge}, view}, {"tensor w", "shape"});
  expect({"w", {2, 3}, WeightView{nullptr, DType::float32, 2, 3, 3}}, {"no data"});
  expect({"w", {2, 3}, WeightView{values.data(), DType::float32, 2, 3, 2}}, {"overlap"});
  expect({"__metadata__", {2, 3}, view}, {"reserves"});
  expect({"\xff", {2, 3}, view}, {"UTF-8"});
  expect({.name = "w", .shape = {6}, .view = view, .transposed = true}, {"tensor w", "shape [6]", "3 columns"});
  expect({.name = "w", .shape = {2, 3}, .view = view, .transposed = true}, {"shape [2, 3]", "3 columns"});
  expect({.name = "w", .shape = {3, 4}, .view = view, .more = {view.column_range(0, 2)}, .transposed = true},
         {"2 columns"});
  const std::vector<StoredTensor> twice{{"w", {6}, view}, {"w", {6}, view}};
  expect_error<OptionError>([&] { write_safetensors(directory / "x.safetensors", twice); }, {"tensor w", "twice"});
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("pieces that are transposed on the way lie beside each other") {
  const test::TemporaryDirectory directory;
  const Index columns = GENERATE(1, 63, 64, 65, 200);
  std::vector<BFloat16> values(static_cast<std::size_t>(5 * (columns + 2)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i].bits = static_cast<std::uint16_t>(i);
  const WeightView all = WeightView(values.data(), 5, columns + 2).column_range(1, columns);
  Index observed = 0;
  write_safetensors(directory / "x.safetensors",
                    std::vector<StoredTensor>{{.name = "w",
                                               .shape = {columns, 5},
                                               .view = all.row_range(3, 2),
                                               .more = {all.row_range(0, 3)},
                                               .transposed = true}},
                    {}, [&](const WeightView&, Index bytes) { observed += bytes; });
  CHECK(observed == 5 * columns * 2);
  const SafetensorsFile file{directory / "x.safetensors"};
  const auto written = static_cast<const BFloat16*>(file.weight("w").view.data);
  for (Index row = 0; row < columns; ++row) {
    for (Index column = 0; column < 5; ++column) {
      const Index from = (column + 3) % 5 * (columns + 2) + row + 1;
      if (written[row * 5 + column].bits != values[static_cast<std::size_t>(from)].bits) FAIL(row << ", " << column);
    }
  }
}

TEST_CASE("a disk that fills up leaves nothing behind") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(1 << 20);
  const std::vector<StoredTensor> tensors{{"w", {1 << 20}, WeightView(values.data(), 1, 1 << 20)}};
  {
    const test::FileSizeLimit limit{1 << 20};
    expect_error<OutputError>([&] { write_safetensors(directory / "x.safetensors", tensors); }, {"x.safetensors"});
  }
  CHECK(std::filesystem::is_empty(directory.path()));
}
