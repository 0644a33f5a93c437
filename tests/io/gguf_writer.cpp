// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/gguf_values.hpp"
#include "support/reference_data.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/io/gguf_writer.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

/// What tests/oracle/gguf_files.py makes of the same name.
Matrix<float> special_rows() {
  Matrix<float> rows(8, 32);
  for (int j = 0; j < 32; ++j) {
    const auto x = static_cast<float>(j);
    const std::array<float, 8> column{0.0f,
                                      j == 0 ? 127.0f : x - 15.5f,
                                      j == 7 ? -3.0f : 0.0f,
                                      std::ldexp(x, -24),
                                      std::ldexp(x, -127),
                                      std::ldexp(x, -149),
                                      -0.0f,
                                      std::ldexp(x - 16.0f, 12)};
    for (Index i = 0; i < 8; ++i) rows.view().row(i)[j] = column[static_cast<std::size_t>(i)];
  }
  return rows;
}

/// The keys of tests/data/gguf/written.gguf.
std::vector<GgufKey> all_keys() {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return {{"general.architecture", "llama"},
          {"a.u8", std::uint8_t{250}},
          {"a.i8", std::int8_t{-100}},
          {"a.u16", std::uint16_t{65000}},
          {"a.i16", std::int16_t{-30000}},
          {"a.u32", std::uint32_t{4000000000}},
          {"a.i32", std::int32_t{-2000000000}},
          {"a.u64", most - 1},
          {"a.i64", std::numeric_limits<std::int64_t>::min()},
          {"a.f32", 1e-5f},
          {"a.f64", 0.1},
          {"a.true", true},
          {"a.false", false},
          {"a.string", "naïve ▁text"},
          {"list.u8", std::vector<std::uint8_t>{0, 255}},
          {"list.i8", std::vector<std::int8_t>{-128, 127}},
          {"list.u16", std::vector<std::uint16_t>{1, 65535}},
          {"list.i16", std::vector<std::int16_t>{-32768, 2}},
          {"list.u32", std::vector<std::uint32_t>{3, 4294967295}},
          {"list.i32", std::vector<std::int32_t>{-1, 0, 1}},
          {"list.u64", std::vector<std::uint64_t>{most}},
          {"list.i64", std::vector<std::int64_t>{-2, std::int64_t{1} << 62}},
          {"list.f32", std::vector<float>{0.5f, -1000.0f}},
          {"list.f64", std::vector<double>{0.25, 1e300}},
          {"list.bool", std::vector<bool>{true, false, true}},
          {"list.string", std::vector<std::string>{"<s>", "", "▁a", "b c"}}};
}

WeightView view_of(const Matrix<float>& matrix) {
  return {matrix.view().data, matrix.rows(), matrix.columns()};
}

/// The tensors of that file.
std::vector<GgufTensor> all_tensors(const Matrix<float>& matrix, const Matrix<float>& vector, const Matrix<float>& cube,
                                    const Matrix<float>& special) {
  std::vector<GgufTensor> tensors;
  for (const auto& [name, type] : {std::pair{"f32", GgufType::f32}, std::pair{"f16", GgufType::f16},
                                   std::pair{"bf16", GgufType::bf16}, std::pair{"q8_0", GgufType::q8_0}}) {
    tensors.push_back(
        {.name = std::string("matrix.") + name, .shape = {6, 64}, .type = type, .pieces = {view_of(matrix)}});
  }
  tensors.push_back({.name = "vector", .shape = {3}, .pieces = {view_of(vector)}});
  tensors.push_back({.name = "cube", .shape = {2, 3, 4}, .pieces = {view_of(cube)}});
  tensors.push_back({.name = "special", .shape = {8, 32}, .type = GgufType::q8_0, .pieces = {view_of(special)}});
  return tensors;
}

/// The data of a file of one tensor.
std::string data_of(const test::TemporaryDirectory& directory, const GgufTensor& tensor) {
  const std::vector<GgufTensor> tensors{tensor};
  write_gguf(directory / "x.gguf", {}, tensors);
  const std::string bytes = test::read_file(directory / "x.gguf");
  CHECK(static_cast<Index>(bytes.size()) == gguf_file_size({}, tensors));
  const std::size_t front = 24 + 8 + tensor.name.size() + 4 + 8 * tensor.shape.size() + 4 + 8;
  return bytes.substr((front + 31) / 32 * 32);
}

}  // namespace

TEST_CASE("the bytes are those of the gguf package for Python") {
  const test::TemporaryDirectory directory;
  const Matrix<float> matrix = test::gguf_values(6, 64, 1), vector = test::gguf_values(1, 3, 2),
                      cube = test::gguf_values(6, 4, 3), special = special_rows();
  const auto tensors = all_tensors(matrix, vector, cube, special);
  const auto keys = all_keys();
  Index observed = 0;
  write_gguf(directory / "x.gguf", keys, tensors, [&](const WeightView&, Index bytes) { observed += bytes; });
  const std::string expected = test::read_file(test::source_path("tests/data/gguf/written.gguf"));
  CHECK((test::read_file(directory / "x.gguf") == expected));
  CHECK(gguf_file_size(keys, tensors) == static_cast<Index>(expected.size()));
  CHECK(observed == 6 * 64 * (4 + 2 + 2) + 6 * 2 * 34 + 3 * 4 + 24 * 4 + 8 * 34);
}

TEST_CASE("rows come from pieces of any type, from nothing, and from a source") {
  const test::TemporaryDirectory directory;
  const Matrix<float> matrix = test::gguf_values(8, 64, 4);
  std::vector<BFloat16> narrow(8 * 64);
  simd::from_float({matrix.view().data, narrow.size()}, DType::bfloat16, narrow.data());
  const WeightView stored(narrow.data(), 8, 64);
  Matrix<float> rounded(8, 64);
  simd::to_float(stored, rounded.view());
  const GgufType type = GENERATE(GgufType::f32, GgufType::f16, GgufType::bf16, GgufType::q8_0);
  INFO(name_of(type));
  const std::string whole =
      data_of(directory, {.name = "w", .shape = {8, 64}, .type = type, .pieces = {view_of(rounded)}});

  CHECK((data_of(directory, {.name = "w", .shape = {8, 64}, .type = type, .pieces = {stored}}) == whole));
  const auto copy = [&](Index first, MatrixView<float> rows) {
    for (Index i = 0; i < rows.rows; ++i) std::copy_n(rounded.view().row(first + i), rows.columns, rows.row(i));
  };
  CHECK((data_of(directory, {.name = "w", .shape = {8, 64}, .type = type, .source = copy}) == whole));
  const GgufTensor pieces{.name = "w",
                          .shape = {2, 4, 64},
                          .type = type,
                          .pieces = {stored.row_range(0, 3), view_of(rounded).row_range(3, 0),
                                     view_of(rounded).row_range(3, 1), stored.row_range(4, 4)}};
  CHECK((data_of(directory, pieces) == whole));

  Matrix<float> padded(8, 64);
  std::fill_n(padded.view().data, 8 * 64, 0.0f);
  std::copy_n(rounded.view().row(2), 2 * 64, padded.view().row(1));
  const WeightView zero{nullptr, DType::float32, 1, 64, 64}, zeros{nullptr, DType::float32, 5, 64, 64};
  CHECK((data_of(directory,
                 {.name = "w", .shape = {8, 64}, .type = type, .pieces = {zero, stored.row_range(2, 2), zeros}}) ==
         data_of(directory, {.name = "w", .shape = {8, 64}, .type = type, .pieces = {view_of(padded)}})));
}

TEST_CASE("rows are permuted by giving each as a piece, and columns are cut by views") {
  const test::TemporaryDirectory directory;
  const Matrix<float> matrix = test::gguf_values(6, 40, 5);
  const WeightView all = view_of(matrix);
  for (const GgufType type : {GgufType::f32, GgufType::q8_0}) {
    GgufTensor tensor{.name = "w", .shape = {6, 32}, .type = type};
    Matrix<float> permuted(6, 32);
    for (Index i = 0; i < 6; ++i) {
      const Index from = i / 2 + i % 2 * 3;
      tensor.pieces.push_back(all.row_range(from, 1).column_range(3, 32));
      std::copy_n(matrix.view().row(from) + 3, 32, permuted.view().row(i));
    }
    CHECK((data_of(directory, tensor) ==
           data_of(directory, {.name = "w", .shape = {6, 32}, .type = type, .pieces = {view_of(permuted)}})));
  }
}

TEST_CASE("large tensors have the same bytes for any number of threads") {
  const test::TemporaryDirectory directory;
  constexpr Index rows = 3000, columns = 1024;  // several bands
  const auto source = [](Index first, MatrixView<float> part) {
    for (Index i = 0; i < part.rows; ++i) {
      for (Index j = 0; j < part.columns; ++j) part.row(i)[j] = std::sin(static_cast<float>((first + i) * 31 + j));
    }
  };
  for (const GgufType type : {GgufType::f16, GgufType::q8_0}) {
    const GgufTensor tensor{.name = "w", .shape = {rows, columns}, .type = type, .source = source};
    const std::string one = ThreadArena(1).execute([&] { return data_of(directory, tensor); });
    CHECK((ThreadArena(4).execute([&] { return data_of(directory, tensor); }) == one));
    Matrix<float> last(1, columns);
    source(rows - 1, last.view());
    const std::string row =
        data_of(directory, {.name = "w", .shape = {columns}, .type = type, .pieces = {view_of(last)}});
    CHECK((one.substr(one.size() - row.size()) == row));
  }
}

TEST_CASE("tensors and keys that cannot be written are named") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(64);
  const WeightView view(values.data(), 2, 32);
  const auto expect = [&](const GgufTensor& tensor, const std::vector<std::string>& parts) {
    const std::vector<GgufTensor> tensors{tensor};
    expect_error<OptionError>([&] { write_gguf(directory / "x.gguf", {}, tensors); }, parts);
    expect_error<OptionError>([&] { (void)gguf_file_size({}, tensors); }, parts);
  };
  constexpr Index huge = std::numeric_limits<Index>::max();
  expect({.name = "", .shape = {2, 32}, .pieces = {view}}, {"name", "63 bytes"});
  expect({.name = std::string(64, 'x'), .shape = {2, 32}, .pieces = {view}}, {"name", "63 bytes"});
  expect({.name = "\xff", .shape = {2, 32}, .pieces = {view}}, {"name", "UTF-8"});
  expect({.name = "w", .shape = {}, .pieces = {view}}, {"tensor w", "shape []"});
  expect({.name = "w", .shape = {1, 1, 1, 2, 32}, .pieces = {view}}, {"shape [1, 1, 1, 2, 32]"});
  expect({.name = "w", .shape = {0, 32}, .pieces = {view}}, {"shape [0, 32]"});
  expect({.name = "w", .shape = {huge, huge}, .pieces = {view}}, {"tensor w", "shape"});
  expect({.name = "w", .shape = {3, 32}, .pieces = {view}}, {"shape [3, 32]", "2 rows"});
  expect({.name = "w", .shape = {4, 16}, .pieces = {view}}, {"shape [4, 16]", "rows of 32"});
  expect({.name = "w", .shape = {2, 32}}, {"neither pieces nor a source"});
  const auto source = [](Index, MatrixView<float>) {};
  expect({.name = "w", .shape = {2, 32}, .pieces = {view}, .source = source}, {"pieces and a source"});
  expect({.name = "w", .shape = {2, 32}, .pieces = {WeightView{values.data(), DType::float32, 2, 32, 16}}}, {"piece"});
  expect({.name = "w", .shape = {2, 32}, .pieces = {WeightView{nullptr, DType::float32, -2, 32, 32}}}, {"negative"});
  expect({.name = "w", .shape = {2, 32}, .type = GgufType::q4_k, .pieces = {view}}, {"Q4_K", "only read"});
  expect({.name = "w", .shape = {2, 31}, .type = GgufType::q8_0, .pieces = {view.column_range(0, 31)}}, {"31", "Q8_0"});
  const std::vector<GgufTensor> twice{{.name = "w", .shape = {2, 32}, .pieces = {view}},
                                      {.name = "w", .shape = {2, 32}, .pieces = {view}}};
  expect_error<OptionError>([&] { write_gguf(directory / "x.gguf", {}, twice); }, {"tensor w", "twice"});

  const auto expect_key = [&](const std::vector<GgufKey>& keys, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { write_gguf(directory / "x.gguf", keys, {}); }, parts);
  };
  expect_key({{"", true}}, {"name"});
  expect_key({{std::string(65536, 'x'), true}}, {"65535 bytes"});
  expect_key({{"\xff", true}}, {"UTF-8"});
  expect_key({{"a", true}, {"b", true}, {"a", false}}, {"key a", "twice"});
  expect_key({{"general.alignment", std::uint32_t{64}}}, {"general.alignment", "32"});
  expect_key({{"general.alignment", std::uint64_t{32}}}, {"general.alignment", "u32"});
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("values that a type cannot hold are refused") {
  const test::TemporaryDirectory directory;
  std::vector<float> values(64);
  const WeightView view(values.data(), 2, 32);
  const auto expect = [&](GgufType type) {
    const std::vector<GgufTensor> tensors{{.name = "w", .shape = {2, 32}, .type = type, .pieces = {view}}};
    expect_error<DataError>([&] { write_gguf(directory / "x.gguf", {}, tensors); },
                            {"tensor w", std::string(name_of(type))});
    CHECK(std::filesystem::is_empty(directory.path()));
  };
  const auto write = [&](GgufType type) {
    const std::vector<GgufTensor> tensors{{.name = "w", .shape = {2, 32}, .type = type, .pieces = {view}}};
    write_gguf(directory / "x.gguf", {}, tensors);
    std::filesystem::remove(directory / "x.gguf");
  };
  values[40] = 65504.0f;
  write(GgufType::f16);
  values[40] = 65520.0f;
  expect(GgufType::f16);
  write(GgufType::bf16);
  write(GgufType::q8_0);
  values[40] = -1e7f;  // max |x| / 127 is more than float16 holds
  expect(GgufType::q8_0);
  values[40] = 3.4e38f;
  expect(GgufType::bf16);
  for (const float strange : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    values[40] = strange;
    expect(GgufType::q8_0);
    for (const GgufType type : {GgufType::f32, GgufType::f16, GgufType::bf16}) write(type);
  }
}

TEST_CASE("who is told of what was written may give up, and nothing is left") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(64);
  const auto source = [](Index, MatrixView<float> rows) { std::fill_n(rows.data, rows.rows * rows.columns, 1.0f); };
  const std::vector<GgufTensor> tensors{
      {.name = "a", .shape = {64}, .type = GgufType::q8_0, .pieces = {WeightView(values.data(), 1, 64)}},
      {.name = "b", .shape = {64}, .type = GgufType::f16, .source = source}};
  std::vector<Index> told;
  write_gguf(directory / "x.gguf", {}, tensors, [&](const WeightView& view, Index bytes) {
    told.push_back(bytes);
    CHECK(view.data == (told.size() == 1 ? values.data() : nullptr));
  });
  CHECK(told == std::vector<Index>{68, 128, 0});
  std::filesystem::remove(directory / "x.gguf");
  struct GivenUp {};
  CHECK_THROWS_AS(write_gguf(directory / "x.gguf", {}, tensors, [](const WeightView&, Index) { throw GivenUp{}; }),
                  GivenUp);
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("a disk that fills up leaves nothing of a GGUF file behind") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values(1 << 20);
  const std::vector<GgufTensor> tensors{
      {.name = "w", .shape = {1 << 20}, .pieces = {WeightView(values.data(), 1, 1 << 20)}}};
  {
    const test::FileSizeLimit limit{1 << 20};
    expect_error<OutputError>([&] { write_gguf(directory / "x.gguf", {}, tensors); }, {"x.gguf"});
  }
  CHECK(std::filesystem::is_empty(directory.path()));
}
