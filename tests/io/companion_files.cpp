// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/io/companion_files.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("files of a folder are those that lie in it") {
  const TemporaryDirectory directory;
  write_file(directory / "config.json", "{}");
  write_file(directory / "LICENSE", "free");
  std::filesystem::create_directories(directory / "notes");
  const CompanionFiles files(directory.path());
  CHECK_FALSE(files.empty());
  CHECK(files.names() == std::vector<std::string>{"LICENSE", "config.json"});
  CHECK(files.contains("config.json"));
  CHECK_FALSE(files.contains("tokenizer.json"));
  CHECK(files.text("LICENSE") == "free");
  files.copy("LICENSE", directory / "notes");
  CHECK(read_file(directory / "notes/LICENSE") == "free");
  expect_error<OutputError>([&] { files.copy("LICENSE", directory / "notes"); }, {"LICENSE", "cannot be copied"});
  expect_error<FileError>([&] { static_cast<void>(files.text("nothing")); }, {"nothing"});
  expect_error<FileError>([&] { static_cast<void>(CompanionFiles(directory / "gone").names()); }, {"gone"});
}

TEST_CASE("files that are made are made when they are asked for") {
  const TemporaryDirectory directory;
  int made = 0;
  const CompanionFiles files("model.gguf", {{"config.json", [&] { return std::to_string(++made); }}});
  CHECK_FALSE(files.empty());
  CHECK(files.names() == std::vector<std::string>{"config.json"});
  CHECK(files.contains("config.json"));
  CHECK(made == 0);
  CHECK(files.text("config.json") == "1");
  files.copy("config.json", directory.path());
  CHECK(read_file(directory / "config.json") == "2");
  CHECK(files.where("config.json") == "model.gguf/config.json");
  expect_error<FileError>([&] { static_cast<void>(files.text("LICENSE")); }, {"model.gguf/LICENSE"});
}

TEST_CASE("without a place there are no files") {
  const CompanionFiles files;
  CHECK(files.empty());
  CHECK(files.names().empty());
  CHECK_FALSE(files.contains("config.json"));
}
