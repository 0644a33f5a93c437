// SPDX-License-Identifier: MIT
#include <filesystem>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "support/expect_error.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/mapped_file.hpp>

using namespace multipruner;
using test::expect_error;

TEST_CASE("a mapped file shows the bytes of the file") {
  const test::TemporaryDirectory directory;
  const std::string contents("one\0two\n\xff", 9);
  test::write_file(directory / "file", contents);
  const MappedFile file{directory / "file"};
  CHECK(file.size() == 9);
  CHECK(file.text() == contents);
  CHECK(file.bytes().size() == 9);
  CHECK(file.bytes()[8] == std::byte{0xff});
  CHECK(file.path() == directory / "file");
}

TEST_CASE("an empty file can be mapped") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "empty", "");
  const MappedFile file{directory / "empty"};
  CHECK(file.size() == 0);
  CHECK(file.bytes().empty());
  CHECK(file.text().empty());
}

TEST_CASE("a mapping can be moved, and outlives the name of its file") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "a", "first");
  test::write_file(directory / "b", "second");
  MappedFile file{directory / "a"};
  MappedFile other{directory / "b"};
  std::filesystem::remove(directory / "a");
  MappedFile moved{std::move(file)};
  CHECK(moved.text() == "first");
  moved = std::move(other);
  CHECK(moved.text() == "second");
  CHECK(moved.path() == directory / "b");
}

TEST_CASE("files that cannot be mapped are named") {
  const test::TemporaryDirectory directory;
  expect_error<FileError>([&] { MappedFile{directory / "absent"}; },
                          {(directory / "absent").string(), "No such file or directory"});
  expect_error<FileError>([&] { MappedFile{directory.path()}; }, {directory.path().string(), "is a folder"});
  expect_error<FileError>([&] { MappedFile{""}; }, {"No such file"});

  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0666) == 0);
  expect_error<FileError>([&] { MappedFile{directory / "pipe"}; }, {"pipe", "not a regular file"});

  test::write_file(directory / "secret", "x");
  std::filesystem::permissions(directory / "secret", std::filesystem::perms::none);
  const test::OrdinaryUser user;
  expect_error<FileError>([&] { MappedFile{directory / "secret"}; }, {"secret", "Permission denied"});
}
