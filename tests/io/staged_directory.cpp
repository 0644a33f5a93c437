// SPDX-License-Identifier: MIT
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "support/expect_error.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/staged_directory.hpp>

using namespace multipruner;
using test::expect_error;
namespace fs = std::filesystem;

namespace {

auto count_entries(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), {});
}

const StagedDirectoryOptions replacing{.marker = "mark", .overwrite = true};

/// Leaves a stage as a killed process does: nobody removes it, and nobody has its lock.
void abandon_stage(const fs::path& target) {
  test::in_child([&] {
    const StagedDirectory stage(target);
    test::write_file(stage.path() / "part", "x");
    ::_exit(0);  // without its destructor
    return true;
  });
}

}  // namespace

TEST_CASE("a staged directory appears at its commit and not before") {
  const test::TemporaryDirectory directory;
  {
    StagedDirectory stage{directory / "model"};
    CHECK(stage.path().parent_path().parent_path() == directory.path());
    CHECK(stage.path().parent_path().filename().string().starts_with("."));
    CHECK(stage.target() == directory / "model");
    test::write_file(stage.path() / "config.json", "{}");
    fs::create_directory(stage.path() / "nested");
    test::write_file(stage.path() / "nested" / "file", "x");
    CHECK_FALSE(fs::exists(directory / "model"));
    stage.commit();
  }
  CHECK(test::read_file(directory / "model" / "config.json") == "{}");
  CHECK(test::read_file(directory / "model" / "nested" / "file") == "x");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("an empty target is filled, also under a name with a trailing slash or a link") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory / "model");
  fs::create_directory_symlink(directory / "model", directory / "link");
  for (const std::string name : {"model/", "link", "./x/../model"}) {
    StagedDirectory stage{directory / name};
    CHECK(stage.target() == directory / "model");
    test::write_file(stage.path() / "file", name);
    stage.commit();
    CHECK(test::read_file(directory / "model" / "file") == name);
    fs::remove(directory / "model" / "file");
  }
  CHECK(fs::is_symlink(directory / "link"));
}

TEST_CASE("missing parents are created, and go away again without a commit") {
  const test::TemporaryDirectory directory;
  { const StagedDirectory stage{directory / "a" / "b" / "model"}; }
  CHECK(count_entries(directory.path()) == 0);

  fs::create_directory(directory / "a");
  { const StagedDirectory stage{directory / "a" / "b" / "model"}; }
  CHECK(count_entries(directory / "a") == 0);

  StagedDirectory{directory / "a" / "b" / "model"}.commit();
  CHECK(fs::is_empty(directory / "a" / "b" / "model"));
}

TEST_CASE("parents that somebody else uses meanwhile stay") {
  const test::TemporaryDirectory directory;
  {
    const StagedDirectory stage{directory / "a" / "b" / "model"};
    test::write_file(directory / "a" / "other", "x");
  }
  CHECK(fs::exists(directory / "a" / "other"));
  CHECK_FALSE(fs::exists(directory / "a" / "b"));
}

TEST_CASE("a filled target is refused at the start and at the end") {
  const test::TemporaryDirectory directory;
  StagedDirectory early{directory / "model"};
  fs::create_directory(directory / "model");
  test::write_file(directory / "model" / "precious", "old");
  expect_error<OutputError>([&] { early.commit(); }, {"model", "not empty", "allow this one to be replaced"});
  expect_error<OutputError>([&] { StagedDirectory{directory / "model"}; }, {"model", "not empty"});
  CHECK(test::read_file(directory / "model" / "precious") == "old");
}

TEST_CASE("overwrite replaces a filled target as a whole, at the commit") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory / "model");
  test::write_file(directory / "model" / "old", "old");
  test::write_file(directory / "model" / "mark", "");
  { const StagedDirectory abandoned{directory / "model", replacing}; }
  CHECK(test::read_file(directory / "model" / "old") == "old");

  StagedDirectory stage{directory / "model", replacing};
  test::write_file(stage.path() / "new", "new");
  CHECK(fs::exists(directory / "model" / "old"));
  stage.commit();
  CHECK(test::read_file(directory / "model" / "new") == "new");
  CHECK_FALSE(fs::exists(directory / "model" / "old"));
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("only a folder with the marker is replaced, also where it comes to be at the end") {
  const test::TemporaryDirectory directory;
  const fs::path precious = directory / "precious";
  fs::create_directory(precious);
  test::write_file(precious / "photos", "old");
  expect_error<OutputError>([&] { StagedDirectory(precious, replacing); }, {"precious", "this is not one", "no mark"});
  expect_error<OutputError>([&] { StagedDirectory(precious, {.overwrite = true}); }, {"this is not one"});
  fs::create_directory(precious / "mark");  // no file
  expect_error<OutputError>([&] { StagedDirectory(precious, replacing); }, {"this is not one"});

  StagedDirectory late(directory / "late", replacing);
  fs::create_directory(directory / "late");
  test::write_file(directory / "late" / "photos", "old");
  expect_error<OutputError>([&] { late.commit(); }, {"this is not one"});
  CHECK(test::read_file(precious / "photos") == "old");
  CHECK(test::read_file(directory / "late" / "photos") == "old");
}

TEST_CASE("kept files are no contents, and go on in the new directory as the same files") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  fs::create_directory(target);
  test::write_file(target / "journal", "one");
  std::ofstream journal(target / "journal", std::ios::app);
  StagedDirectory stage(target, {.kept_files = {"journal", "missing"}});
  test::write_file(stage.path() / "new", "new");
  stage.commit();
  journal << " two" << std::flush;
  CHECK(test::read_file(target / "journal") == "one two");
  CHECK(test::read_file(target / "new") == "new");
  CHECK(count_entries(target) == 2);
  expect_error<OutputError>([&] { StagedDirectory(target, {.kept_files = {"journal"}}); }, {"not empty"});
}

TEST_CASE("what a killed process left beside a target goes away with the next, and nothing else") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  const StagedDirectory living(target);
  abandon_stage(target);
  CHECK(count_entries(directory.path()) == 2);
  fs::create_directory(directory / ".model.partial");  // of somebody else
  fs::create_directory(directory / ".model.1-0.partial");
  test::write_file(directory / ".model.1-0.partial" / "file", "nobody knows whose");
  const StagedDirectory next(target);
  CHECK(fs::exists(living.path()));
  CHECK(fs::exists(next.path()));
  CHECK(fs::exists(directory / ".model.1-0.partial"));
  CHECK(count_entries(directory.path()) == 4);
}

TEST_CASE("a living process keeps its stage whatever its number is elsewhere") {
  // As from within another container: there is no process of this number here.
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model", foreign = directory / ".model.999999999-0.partial";
  StagedDirectory stage(target);
  test::write_file(stage.path() / "file", "x");
  fs::rename(stage.path().parent_path(), foreign);
  { const StagedDirectory next(target); }
  CHECK(fs::exists(foreign / "contents" / "file"));
}

TEST_CASE("on a file system without locks a stage is nobody else's to remove") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  const int error = GENERATE(ENOLCK, ENOTSUP, ENOSYS);
  CAPTURE(error);
  test::in_child([&] {
    test::forbid_locks(error);
    abandon_stage(target);
    const StagedDirectory stage(target);  // works, and leaves what may be another's
    return count_entries(directory.path()) == 2;
  });
  { const StagedDirectory next(target); }
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("the old directory returns where the new one cannot be put in place") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory / "model");
  test::write_file(directory / "model" / "old", "old");
  test::write_file(directory / "model" / "mark", "");
  {
    StagedDirectory stage{directory / "model", replacing};
    test::write_file(stage.path() / "new", "new");
    fs::permissions(directory.path(), fs::perms{0555});
    for (const fs::path& folder : {stage.path(), stage.path().parent_path()}) fs::permissions(folder, fs::perms{0777});
    const test::OrdinaryUser user;
    expect_error<OutputError>([&] { stage.commit(); }, {"Permission denied"});
  }
  fs::permissions(directory.path(), fs::perms{0755});
  CHECK(test::read_file(directory / "model" / "old") == "old");
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("places that cannot be written are named") {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", "x");
  expect_error<OutputError>([&] { StagedDirectory{directory / "file"}; }, {"is a file, not a folder"});
  expect_error<OutputError>([&] { StagedDirectory(directory / "file", {.overwrite = true}); }, {"is a file"});
  expect_error<OutputError>([&] { StagedDirectory{directory / "file" / "model"}; },
                            {(directory / "file").string(), "is a file, not a folder"});
  expect_error<OutputError>([&] { StagedDirectory{"/"}; }, {"/"});
  expect_error<OutputError>([&] { StagedDirectory{""}; }, {"an empty path"});

  std::filesystem::permissions(directory.path(), fs::perms{0555});
  const test::OrdinaryUser user;
  expect_error<OutputError>([&] { StagedDirectory{directory / "model"}; }, {"model", "Permission denied"});
  expect_error<OutputError>([&] { StagedDirectory{directory / "a" / "model"}; }, {"Permission denied"});
}
