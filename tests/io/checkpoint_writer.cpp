// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/io/checkpoint_writer.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

const std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8};

StoredTensor stored(const std::string& name, Index first, Index count) {
  return {name, {count}, WeightView(values.data() + first, 1, count)};
}

std::vector<std::string> file_names(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("what fits into one file becomes one file") {
  const test::TemporaryDirectory directory;
  const std::vector<StoredTensor> tensors{stored("b", 0, 3), stored("a", 3, 1)};
  write_checkpoint(directory.path(), tensors, {.max_shard_bytes = 16});
  CHECK(file_names(directory.path()) == std::vector<std::string>{"model.safetensors"});
  CHECK(Checkpoint{directory.path()}.names() == std::vector<std::string>{"b", "a"});
}

TEST_CASE("shards are filled in order, and a larger tensor has one for itself") {
  const test::TemporaryDirectory directory;
  const std::vector<StoredTensor> tensors{stored("d", 0, 2), stored("c", 2, 1), stored("b", 0, 8), stored("a", 7, 1)};
  write_checkpoint(directory.path(), tensors, {.max_shard_bytes = 12});
  CHECK(file_names(directory.path()) ==
        std::vector<std::string>{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                                 "model-00003-of-00003.safetensors", "model.safetensors.index.json"});
  const std::string index =
      "{\n  \"metadata\": {\n    \"total_size\": 48\n  },\n  \"weight_map\": {\n"
      "    \"a\": \"model-00003-of-00003.safetensors\",\n    \"b\": \"model-00002-of-00003.safetensors\",\n"
      "    \"c\": \"model-00001-of-00003.safetensors\",\n    \"d\": \"model-00001-of-00003.safetensors\"\n  "
      "}\n}\n";
  CHECK(test::read_file(directory / "model.safetensors.index.json") == index);
  const Checkpoint checkpoint{directory.path()};
  CHECK(checkpoint.names() == std::vector<std::string>{"d", "c", "b", "a"});
  for (const StoredTensor& written : tensors) {
    const StoredTensor read = checkpoint.get(written.name);
    REQUIRE(read.shape == written.shape);
    CHECK(std::memcmp(read.view.data, written.view.data, static_cast<std::size_t>(detail::byte_count(written))) == 0);
  }
}

TEST_CASE("all bytes that are written are reported, and the end of every file") {
  const test::TemporaryDirectory directory;
  // Columns of a wider matrix: two rows of three values that do not lie side by side.
  const StoredTensor strided{"s", {2, 3}, WeightView(values.data(), DType::float32, 2, 3, 4)};
  const std::vector<StoredTensor> tensors{stored("a", 0, 2), strided};
  std::vector<Index> bytes;
  write_checkpoint(
      directory.path(), tensors,
      {.max_shard_bytes = 24, .on_written = [&](const WeightView&, Index count) { bytes.push_back(count); }});
  CHECK(bytes == std::vector<Index>{8, 0, 12, 12, 0});
}

TEST_CASE("an observer that throws leaves no part of a file") {
  const test::TemporaryDirectory directory;
  const std::vector<StoredTensor> tensors{stored("a", 0, 2), stored("b", 0, 4)};
  const auto give_up = [](const WeightView&, Index) { throw std::runtime_error("enough"); };
  CHECK_THROWS_WITH(write_checkpoint(directory.path(), tensors, {.on_written = give_up}), "enough");
  CHECK(file_names(directory.path()).empty());
}

TEST_CASE("a sharded reference model comes back byte for byte") {
  const auto folder = test::reference_path("golden/arch/llama-gqa-bf16-sharded");
  SKIP_WITHOUT(folder);
  const Checkpoint source{folder};
  std::vector<StoredTensor> tensors;
  for (const std::string& name : source.names()) tensors.push_back(source.get(name));
  const test::TemporaryDirectory directory;
  write_checkpoint(directory.path(), tensors, {.max_shard_bytes = 78'000});
  for (const std::string& name : file_names(folder)) {
    if (name.find("safetensors") == name.npos || name == "golden.safetensors") continue;
    INFO(name);
    CHECK((test::read_file(directory / name) == test::read_file(folder / name)));
  }
}

TEST_CASE("folders that cannot take a checkpoint are named") {
  const test::TemporaryDirectory directory;
  const std::vector<StoredTensor> tensors{stored("a", 0, 2), stored("b", 0, 2)};
  expect_error<OutputError>([&] { write_checkpoint(directory / "absent", tensors); }, {"absent", "cannot be read"});
  expect_error<OptionError>([&] { write_checkpoint(directory.path(), tensors, {.max_shard_bytes = 0}); },
                            {"max_shard_bytes", "0"});
  const std::vector<StoredTensor> twice{stored("a", 0, 2), stored("a", 0, 2)};
  expect_error<OptionError>([&] { write_checkpoint(directory.path(), twice, {.max_shard_bytes = 8}); }, {"twice"});
  CHECK(std::filesystem::is_empty(directory.path()));
  for (const std::string name :
       {"model.safetensors", "model-00001-of-00002.safetensors", "model.safetensors.index.json"}) {
    test::write_file(directory / name, "x");
    expect_error<OutputError>([&] { write_checkpoint(directory.path(), tensors); }, {"already holds weights", name});
    std::filesystem::remove(directory / name);
  }
}
