// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/io/checkpoint.hpp>
#include <multipruner/io/model_folder.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

/// A folder, made with all that leads to it, with an empty file in it.
void make(const std::filesystem::path& file, const std::string& contents = "x") {
  std::filesystem::create_directories(file.parent_path());
  test::write_file(file, contents);
}

template <class Expected>
void expect_refusal(const std::filesystem::path& folder, const std::vector<std::string>& parts) {
  expect_error<Expected>([&] { require_model_folder(folder); }, parts);
}

}  // namespace

TEST_CASE("a repository in the cache of the Hub leads to its snapshot") {
  const test::TemporaryDirectory cache;
  const std::filesystem::path repository = cache / "hub/models--org--name";
  make(repository / "snapshots/aaa/config.json");
  make(repository / "snapshots/bbb/config.json");
  expect_refusal<FileError>(repository,
                            {"cache", "Give the snapshot in it: " + (repository / "snapshots/bbb").string()});
  make(repository / "refs/main", "aaa");
  expect_refusal<FileError>(repository, {"Give the snapshot in it: " + (repository / "snapshots/aaa").string()});
  const std::string snapshot = "Give the snapshot of one, e.g. " + (repository / "snapshots/aaa").string();
  expect_refusal<FileError>(cache / "hub", {"cache of many models", snapshot});
  expect_refusal<FileError>(cache.path(), {"cache of many models", snapshot});
  expect_refusal<FileError>(repository / "snapshots", {"the folder aaa inside it"});
  CHECK_NOTHROW(require_model_folder(repository / "snapshots/aaa"));
}

TEST_CASE("adapters and weights in other formats are refused by name, with the next step") {
  const test::TemporaryDirectory folder;
  make(folder / "adapter/adapter_config.json", R"({"base_model_name_or_path": "org/base", "peft_type": "LORA"})");
  make(folder / "adapter/adapter_model.safetensors");
  make(folder / "broken/adapter_config.json", "{");
  make(folder / "bin/pytorch_model-00001-of-00002.bin");
  make(folder / "meta/consolidated.00.pth");
  make(folder / "keras/tf_model.h5");
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"adapter", {"LoRA adapter of org/base", "merge_and_unload"}},
      {"broken", {"LoRA adapter", "merge_and_unload"}},
      {"bin", {"only as pytorch_model-00001-of-00002.bin", "safe_serialization=True"}},
      {"meta", {"only as consolidated.00.pth", "safetensors"}},
      {"keras", {"only as tf_model.h5", "safetensors"}},
  };
  for (const auto& [name, parts] : cases) {
    INFO(name);
    expect_refusal<UnsupportedError>(folder / name, parts);
    make(folder / name / "config.json", "{}");
    expect_error<UnsupportedError>([&, &name = name] { Checkpoint{folder / name}; }, parts);
  }
}

TEST_CASE("GGUF files are found by themselves, and in folders where there is one and no safetensors") {
  const test::TemporaryDirectory folder;
  make(folder / "model.gguf", "GGUF and more");
  CHECK(is_gguf_file(folder / "model.gguf"));
  CHECK(find_gguf(folder / "model.gguf") == folder / "model.gguf");
  CHECK(find_gguf(folder.path()) == folder / "model.gguf");
  make(folder / "config.json", "{}");
  CHECK(find_gguf(folder.path()) == folder / "model.gguf");
  make(folder / "other.gguf");
  CHECK_FALSE(is_gguf_file(folder / "other.gguf"));
  CHECK_FALSE(find_gguf(folder.path()));
  expect_error<FileError>([&] { Checkpoint{folder.path()}; }, {"as GGUF files", "e.g. ", "model.gguf"});
  make(folder / "parts/model-00001-of-00002.gguf");
  make(folder / "parts/model-00002-of-00002.gguf");
  CHECK(find_gguf(folder / "parts") == folder / "parts/model-00001-of-00002.gguf");
  make(folder / "parts/model.safetensors");
  CHECK_FALSE(find_gguf(folder / "parts"));
  CHECK_FALSE(find_gguf(folder / "nowhere"));
}

TEST_CASE("shards without their index") {
  const test::TemporaryDirectory folder;
  make(folder / "model-00001-of-00002.safetensors");
  expect_error<FileError>([&] { Checkpoint{folder.path()}; }, {"Download model.safetensors.index.json"});
  std::filesystem::rename(folder / "model-00001-of-00002.safetensors", folder / "weights.safetensors");
  expect_error<FileError>([&] { Checkpoint{folder.path()}; }, {"has weights.safetensors", "model.safetensors"});
}

TEST_CASE("files, names of the Hub, and folders around a model") {
  const test::TemporaryDirectory folder;
  make(folder / "model.gguf", "GGUF");
  make(folder / "model.safetensors");
  make(folder / "around/model/config.json");
  expect_refusal<FileError>(folder / "model.gguf", {"is a GGUF file"});
  expect_refusal<FileError>(folder / "model.safetensors", {"is a file", "the folder around it"});
  expect_refusal<FileError>(folder / "around", {"the folder model inside it", (folder / "around/model").string()});
  expect_refusal<FileError>(folder / "nowhere", {"nowhere", "no such folder"});
  expect_refusal<FileError>("", {"an empty path"});
  expect_refusal<FileError>("no-such-org/model-7b", {"hf download no-such-org/model-7b"});
}
