// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include "support/restrictions.hpp"
#include "support/safetensors_bytes.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/checkpoint.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

/// A file of one-byte-a-value float32 vectors of length 1 with the given names; the data are the names' first
/// letters.
std::string file_of(const std::vector<std::string>& names) {
  std::string header, data;
  for (const std::string& name : names) {
    const std::string begin = std::to_string(data.size());
    data += std::string(4, name.front());
    header += (header.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" + begin +
              "," + std::to_string(data.size()) + "]}";
  }
  return test::safetensors_bytes(header + "}", data);
}

/// A folder with the shards s1 (a, b) and s2 (c) and the index given as the text of its weight_map.
class Shards : public test::TemporaryDirectory {
 public:
  explicit Shards(const std::string& weight_map) {
    test::write_file(*this / "s1.safetensors", file_of({"a", "b"}));
    test::write_file(*this / "s2.safetensors", file_of({"c"}));
    test::write_file(*this / "model.safetensors.index.json", R"({"metadata":{},"weight_map":)" + weight_map + "}");
  }
};

const std::string good_map = R"({"c":"s2.safetensors","a":"s1.safetensors","b":"s1.safetensors"})";

void expect_failure(const std::filesystem::path& folder, const std::vector<std::string>& parts) {
  expect_error<FileError>([&] { Checkpoint{folder}; }, parts);
}

}  // namespace

TEST_CASE("a folder with one file, and the file itself, are checkpoints") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "model.safetensors", file_of({"b", "a"}));
  for (const auto& path : {directory.path(), directory / "model.safetensors"}) {
    const Checkpoint checkpoint{path};
    CHECK(checkpoint.path() == path);
    CHECK(checkpoint.names() == std::vector<std::string>{"b", "a"});
    REQUIRE(checkpoint.find("a"));
    CHECK(checkpoint.find("a")->shape == std::vector<Index>{1});
    CHECK(checkpoint.info("a")->dtype_name == "F32");
    CHECK(checkpoint.info("x") == nullptr);
    CHECK_FALSE(checkpoint.find("x"));
    CHECK(checkpoint.get("b").name == "b");
    expect_error<DataError>([&] { (void)checkpoint.get("x"); }, {path.string(), "has no tensor x"});
  }
}

TEST_CASE("a folder with shards is a checkpoint, and its views outlive it with the storage") {
  const Shards folder{good_map};
  std::shared_ptr<const void> storage;
  StoredTensor c;
  {
    const Checkpoint checkpoint{folder.path()};
    CHECK(checkpoint.names() == std::vector<std::string>{"a", "b", "c"});
    storage = checkpoint.storage();
    c = checkpoint.get("c");
  }
  CHECK(*static_cast<const char*>(c.view.data) == 'c');
}

TEST_CASE("tensors that are no weights can be listed but not taken") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "model.safetensors",
                   test::safetensors_bytes(R"({"q":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}})", "1234"));
  const Checkpoint checkpoint{directory.path()};
  CHECK(checkpoint.info("q")->dtype_name == "I8");
  expect_error<UnsupportedError>([&] { (void)checkpoint.find("q"); }, {"model.safetensors: tensor q", "I8"});
}

TEST_CASE("an index and shards that contradict each other are an error") {
  const std::string a = R"("a":"s1.safetensors")", b = R"("b":"s1.safetensors")", c = R"("c":"s2.safetensors")";
  const auto map = [](const std::string& entries) { return "{" + entries + "}"; };
  expect_failure(Shards(map(a + "," + b + R"(,"c":"s3.safetensors")")).path(),
                 {"index.json", "s3.safetensors", "missing"});
  expect_failure(Shards(map(a + "," + b + "," + c + R"(,"d":"s2.safetensors")")).path(),
                 {"tensor d", "not in its shard s2.safetensors"});
  expect_failure(Shards(map(R"("a":"s2.safetensors",)" + b + "," + c)).path(), {"tensor a", "not in its shard s2"});
  expect_failure(Shards(map(a + "," + c)).path(), {"s1.safetensors: tensor b", "not listed"});
  expect_failure(Shards(map(a + "," + a + "," + b + "," + c)).path(), {"index.json", "\"a\"", "twice"});

  const Shards twice{good_map};
  test::write_file(twice / "s2.safetensors", file_of({"a", "c"}));
  expect_failure(twice.path(), {"s2.safetensors: tensor a", "also in s1.safetensors"});

  const Shards truncated{good_map};
  std::filesystem::resize_file(truncated / "s2.safetensors", 40);
  expect_failure(truncated.path(), {"s2.safetensors"});
}

TEST_CASE("an index that is none is an error") {
  expect_failure(Shards("3").path(), {"index.json", "weight_map"});
  expect_failure(Shards("{}").path(), {"weight_map"});
  expect_failure(Shards("{").path(), {"not valid JSON"});
  expect_failure(Shards(R"({"a":3})").path(), {"tensor a", "no shard name"});
  const Shards list{good_map};
  test::write_file(list / "model.safetensors.index.json", "[]");
  expect_failure(list.path(), {"weight_map"});
}

TEST_CASE("an index cannot lead out of its folder") {
  for (const std::string name : {"../s1.safetensors", "/etc/passwd", "..", ".", "", "x/s1.safetensors", "..\\\\s1",
                                 "s1.safetensors\\u0000.txt"}) {
    INFO(name);
    expect_failure(Shards(R"({"a":")" + name + R"("})").path(), {"index.json: tensor a", "not a plain file name"});
  }
}

TEST_CASE("folders without safetensors are named, with what to do") {
  const test::TemporaryDirectory directory;
  expect_failure(directory / "absent", {"absent", "No such file or directory"});
  expect_failure("", {"an empty path", "No such file or directory"});
  expect_failure("/dev/null", {"/dev/null", "neither a folder nor a file"});
  expect_failure(directory.path(), {"neither model.safetensors nor"});
  for (const std::string name : {"pytorch_model.bin.index.json", "pytorch_model.bin"}) {
    test::write_file(directory / name, "x");
    expect_error<UnsupportedError>([&] { Checkpoint{directory.path()}; }, {name, "safe_serialization=True"});
  }
}

TEST_CASE("a folder that may not be entered is named") {
  const test::TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "model");
  std::filesystem::permissions(directory.path(), std::filesystem::perms::none);
  const test::OrdinaryUser user;
  expect_failure(directory / "model", {"model", "Permission denied"});
}

TEST_CASE("reference models are read") {
  const auto folder = test::reference_path("golden/arch");
  SKIP_WITHOUT(folder);
  for (const std::string name : {"llama-gqa-bf16-sharded", "llama-gqa-f16-sharded"}) {
    const Checkpoint checkpoint{folder / name};
    const auto names = checkpoint.names();
    CHECK(names.size() == 30);
    CHECK(names.front() == "model.embed_tokens.weight");
    const auto embedding = checkpoint.get("model.embed_tokens.weight");
    CHECK(embedding.shape == std::vector<Index>{160, 64});
    CHECK(embedding.view.dtype == (name.find("bf16") != name.npos ? DType::bfloat16 : DType::float16));
    CHECK(checkpoint.get("model.norm.weight").view.rows == 1);
  }
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    INFO(entry.path());
    CHECK(Checkpoint{entry.path()}.names().size() > 10);
    ++count;
  }
  CHECK(count > 10);
  CHECK(Checkpoint{test::reference_path("models/mixed-5.5M")}.names().size() == 110);
}
