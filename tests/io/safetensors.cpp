// SPDX-License-Identifier: MIT
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/safetensors.hpp>

using namespace multipruner;
using test::expect_error;
using test::safetensors_bytes;

namespace {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

TEST_CASE("tensors of every kind are found and viewed") {
  const test::TemporaryDirectory directory;
  const std::vector<float> matrix{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> ids{-7, 1LL << 40};
  const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x7c00, 0x0001};
  test::write_file(
      directory / "x.safetensors",
      safetensors_bytes(R"({"m":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]},)"
                        R"("ids":{"dtype":"I64","shape":[2],"data_offsets":[24,40]},)"
                        R"("h":{"dtype":"F16","shape":[4],"data_offsets":[40,48]},)"
                        R"("b":{"dtype":"BF16","shape":[2,2],"data_offsets":[48,56]},)"
                        R"("s":{"dtype":"F32","shape":[],"data_offsets":[56,60]},)"
                        R"("z":{"dtype":"F32","shape":[0,5],"data_offsets":[60,60]}})",
                        bytes_of(matrix) + bytes_of(ids) + bytes_of(halves) + bytes_of(halves) + bytes_of<float>({9})));
  const SafetensorsFile file{directory / "x.safetensors"};
  CHECK(file.path() == directory / "x.safetensors");
  CHECK(file.tensors().size() == 6);
  CHECK(file.metadata().empty());
  REQUIRE(file.find("m") != nullptr);
  CHECK(file.find("absent") == nullptr);
  CHECK(file.get("ids").dtype_name == "I64");
  CHECK(file.values<std::int64_t>("ids") == ids);
  CHECK(file.values<float>("m") == matrix);
  CHECK(file.bytes("ids").size() == 16);

  const StoredTensor m = file.weight("m");
  CHECK(m.name == "m");
  CHECK(m.shape == std::vector<Index>{1, 2, 3});
  CHECK(m.view.rows == 1);
  CHECK(m.view.columns == 6);
  const WeightView h = file.weight("h").view;
  CHECK(h.rows == 1);
  CHECK(h.columns == 4);
  CHECK(h.dtype == DType::float16);
  h.visit([](auto view) { CHECK(to_float(view.row(0)[1]) == -2.0f); });
  const WeightView b = file.weight("b").view;
  CHECK(b.rows == 2);
  CHECK(b.columns == 2);
  CHECK(b.stride == 2);
  CHECK(b.dtype == DType::bfloat16);
  CHECK(file.weight("s").view.size() == 1);
  CHECK(static_cast<bool>(file.weight("z").view));
  CHECK(file.weight("z").view.rows == 0);
}

TEST_CASE("what a file does not have is refused by name") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "x.safetensors",
                   safetensors_bytes(R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "12345678"));
  const SafetensorsFile file{directory / "x.safetensors"};
  expect_error<DataError>([&] { (void)file.get("w"); }, {"x.safetensors", "has no tensor w"});
  expect_error<DataError>([&] { (void)file.bytes("w"); }, {"has no tensor w"});
  expect_error<DataError>([&] { (void)file.weight("w"); }, {"has no tensor w"});
  expect_error<DataError>([&] { (void)file.values<double>("ids"); }, {"tensor ids", "is I64, not F64"});
  expect_error<UnsupportedError>([&] { (void)file.weight("ids"); }, {"x.safetensors: tensor ids", "I64"});
  expect_error<FileError>([&] { SafetensorsFile{directory / "absent.safetensors"}; }, {"absent.safetensors"});
  test::write_file(directory / "empty.safetensors", "");
  expect_error<FileError>([&] { SafetensorsFile{directory / "empty.safetensors"}; }, {"has 0 bytes"});
}

TEST_CASE("misaligned weights are copied once, aligned ones are viewed in place") {
  const test::TemporaryDirectory directory;
  const std::vector<float> values{1.5f, -2.0f};
  const std::string head = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                           R"("pad":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},)"
                           R"("b":{"dtype":"F32","shape":[2],"data_offsets":[9,17]},)"
                           R"("z":{"dtype":"F32","shape":[0],"data_offsets":[17,17]}})";
  const std::string header = head + std::string((8 - head.size() % 8) % 8, ' ');
  test::write_file(directory / "x.safetensors", safetensors_bytes(header, bytes_of(values) + "p" + bytes_of(values)));
  const SafetensorsFile file{directory / "x.safetensors"};
  CHECK(file.weight("a").view.data == static_cast<const void*>(file.bytes("a").data()));

  const void* copy = nullptr;
  std::vector<std::jthread> threads;
  std::vector<const void*> seen(4);
  for (auto& pointer : seen) threads.emplace_back([&] { pointer = file.weight("b").view.data; });
  threads.clear();
  copy = seen.front();
  for (const void* pointer : seen) CHECK(pointer == copy);
  CHECK(copy != static_cast<const void*>(file.bytes("b").data()));
  CHECK(reinterpret_cast<std::uintptr_t>(copy) % alignof(float) == 0);
  CHECK(std::memcmp(copy, values.data(), 8) == 0);
  CHECK(static_cast<bool>(file.weight("z").view));
}

TEST_CASE("views live as long as the storage") {
  const test::TemporaryDirectory directory;
  test::write_file(
      directory / "x.safetensors",
      safetensors_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  )", bytes_of<float>({3})));
  std::shared_ptr<const void> storage;
  WeightView view;
  {
    const SafetensorsFile file{directory / "x.safetensors"};
    storage = file.storage();
    view = file.weight("a").view;
  }
  view.visit([](auto matrix) { CHECK(to_float(matrix.row(0)[0]) == 3.0f); });
}

TEST_CASE("every reference safetensors file is read") {
  const auto folder = test::reference_path("golden");
  SKIP_WITHOUT(folder);
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    INFO(entry.path());
    const SafetensorsFile file{entry.path()};
    ++count;
    CHECK_FALSE(file.tensors().empty());
    for (const TensorInfo& info : file.tensors()) {
      if (info.dtype) CHECK(file.weight(info.name).view.size() == info.element_count());
    }
  }
  CHECK(count >= 40);
  const SafetensorsFile golden{folder / "arch/llama-gqa/golden.safetensors"};
  const auto ids = golden.values<std::int64_t>("input_ids");
  CHECK(static_cast<Index>(ids.size()) == golden.get("input_ids").element_count());
  for (const std::int64_t id : ids) CHECK((id >= 0 && id < 160));
}
