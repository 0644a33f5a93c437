#include <filesystem>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>
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

}  // namespace

TEST_CASE("a staged directory appears at its commit and not before") {
  const test::TemporaryDirectory directory;
  {
    StagedDirectory stage{directory / "model"};
    CHECK(stage.path().parent_path() == directory.path());
    CHECK(stage.path().filename().string().starts_with("."));
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
  expect_error<OutputError>([&] { early.commit(); }, {"model", "already filled", "pass overwrite"});
  expect_error<OutputError>([&] { StagedDirectory{directory / "model"}; }, {"model", "already filled"});
  CHECK(test::read_file(directory / "model" / "precious") == "old");
}

TEST_CASE("overwrite replaces a filled target as a whole, at the commit") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory / "model");
  test::write_file(directory / "model" / "old", "old");
  { const StagedDirectory abandoned{directory / "model", {.overwrite = true}}; }
  CHECK(test::read_file(directory / "model" / "old") == "old");

  StagedDirectory stage{directory / "model", {.overwrite = true}};
  test::write_file(stage.path() / "new", "new");
  CHECK(fs::exists(directory / "model" / "old"));
  stage.commit();
  CHECK(test::read_file(directory / "model" / "new") == "new");
  CHECK_FALSE(fs::exists(directory / "model" / "old"));
  CHECK(count_entries(directory.path()) == 1);
}

TEST_CASE("what a killed process left beside a target is removed, and nothing else") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  const ::pid_t child = ::fork();
  if (child == 0) {
    const StagedDirectory stage(target);
    ::_exit(0);  // without its destructor, as after kill -9
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const StagedDirectory own(target);
  fs::create_directory(directory / ".model.partial");
  CHECK(count_entries(directory.path()) == 3);
  remove_abandoned_stages(target);
  CHECK(count_entries(directory.path()) == 2);
  CHECK(fs::exists(own.path()));
}

TEST_CASE("the old directory returns where the new one cannot be put in place") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory / "model");
  test::write_file(directory / "model" / "old", "old");
  {
    StagedDirectory stage{directory / "model", {.overwrite = true}};
    test::write_file(stage.path() / "new", "new");
    fs::permissions(directory.path(), fs::perms{0555});
    fs::permissions(stage.path(), fs::perms{0777});
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
