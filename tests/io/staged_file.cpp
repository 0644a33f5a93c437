// SPDX-License-Identifier: MIT
#include <filesystem>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "support/expect_error.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/staged_file.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

auto count_entries(const std::filesystem::path& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

}  // namespace

TEST_CASE("a staged file appears at its commit and not before") {
  const test::TemporaryDirectory directory;
  const auto target = directory / "out.bin";
  test::write_file(target, "old");
  {
    StagedFile file{target};
    file.write("new ");
    file.write("contents");
    CHECK(test::read_file(target) == "old");
    file.commit();
  }
  CHECK(test::read_file(target) == "new contents");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("pieces smaller and larger than the buffer arrive in order") {
  const test::TemporaryDirectory directory;
  std::string expected;
  StagedFile file{directory / "out.bin"};
  for (const std::size_t size : {3u, 1u << 20, 5u, (1u << 20) - 1, 7u, 3u << 20, 1u}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    file.write(piece);
    expected += piece;
  }
  file.commit();
  CHECK(test::read_file(directory / "out.bin") == expected);
}

TEST_CASE("a staged file that is not committed leaves nothing behind") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "out.bin", "old");
  { StagedFile{directory / "out.bin"}.write("new"); }
  CHECK(test::read_file(directory / "out.bin") == "old");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("several files may be staged for one target; the last commit wins") {
  const test::TemporaryDirectory directory;
  StagedFile a{directory / "out.bin"};
  StagedFile b{directory / "out.bin"};
  a.write("a");
  b.write("b");
  b.commit();
  a.commit();
  CHECK(test::read_file(directory / "out.bin") == "a");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("a new file has the permissions of every new file") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "ordinary", "");
  write_file_atomically(directory / "atomic", "");
  CHECK(std::filesystem::status(directory / "atomic").permissions() ==
        std::filesystem::status(directory / "ordinary").permissions());
}

TEST_CASE("targets that cannot be written are named") {
  const test::TemporaryDirectory directory;
  expect_error<OutputError>([&] { write_file_atomically(directory / "absent" / "file", "x"); },
                            {"absent/file", "No such file or directory"});
  expect_error<OutputError>([&] { write_file_atomically(directory.path(), "x"); }, {"is a folder"});

  std::filesystem::permissions(directory.path(), std::filesystem::perms{0555});
  const test::OrdinaryUser user;
  expect_error<OutputError>([&] { write_file_atomically(directory / "file", "x"); }, {"Permission denied"});
}

TEST_CASE("a write that fails in the middle is reported and leaves the old file") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "out.bin", "old");
  {
    const test::FileSizeLimit limit{1 << 20};
    expect_error<OutputError>([&] { write_file_atomically(directory / "out.bin", std::string(3 << 20, 'x')); },
                              {"out.bin", "File too large"});
  }
  CHECK(test::read_file(directory / "out.bin") == "old");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("a full disk is reported") {
  const detail::FileDescriptor full{::open("/dev/full", O_WRONLY)};
  if (!full) {
    WARN("skipped: this system has no /dev/full");
    return;
  }
  expect_error<OutputError>([&] { detail::write_all(full, "x", 1, "out.bin"); },
                            {"out.bin", "No space left on device"});
}
