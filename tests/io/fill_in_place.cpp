// SPDX-License-Identifier: MIT
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/killed_process.hpp"
#include "support/mounted_folder.hpp"
#include "support/restrictions.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/io/staged_directory.hpp>

using namespace multipruner;
using test::expect_error;
using test::MountedFolder;
namespace fs = std::filesystem;

namespace {

using Contents = std::map<std::string, std::string>;

const StagedDirectoryOptions fresh{.marker = "mark", .kept_files = {"journal"}};
const StagedDirectoryOptions replacing{.marker = "mark", .overwrite = true, .kept_files = {"journal"}};
const Contents written{{"a/b", "deep"}, {"mark", "new"}, {"new", "new"}};

Contents contents_of(const fs::path& folder) {
  Contents contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) contents[entry.path().lexically_relative(folder)] = test::read_file(entry.path());
  }
  return contents;
}

void write_new(const fs::path& folder) {
  for (const auto& [name, text] : written) {
    fs::create_directories((folder / name).parent_path());
    test::write_file(folder / name, text);
  }
}

Contents with_journal(Contents contents) {
  contents["journal"] = "journal";
  return contents;
}

/// Where entries may be made in a folder, and it may be entered, but its parent may not be written.
void make_parent_read_only(const fs::path& folder) {
  fs::permissions(folder, fs::perms{0777});
  fs::permissions(folder.parent_path(), fs::perms{0555});
}

}  // namespace

TEST_CASE("a mount point is filled in place, of another file system as of the same") {
  const test::TemporaryDirectory directory;
  const auto kind = GENERATE(MountedFolder::Kind::file_system, MountedFolder::Kind::bind);
  const MountedFolder target(directory / "volume", kind);
  SKIP_UNLESS_MOUNTED(target);
  test::write_file(target / "journal", "journal");
  fs::create_directory(target / "lost+found");
  {
    const StagedDirectory given_up(target.path(), fresh);
    CHECK(given_up.path().parent_path().parent_path() == target.path());
    write_new(given_up.path());
  }
  CHECK(contents_of(target.path()) == with_journal({}));
  StagedDirectory stage(target.path(), fresh);
  write_new(stage.path());
  stage.commit();
  CHECK(contents_of(target.path()) == with_journal(written));
  CHECK(std::distance(fs::directory_iterator(target.path()), {}) == 5);  // a, mark, new, journal, lost+found

  test::write_file(target / "old", "old");
  expect_error<OutputError>([&] { StagedDirectory(target.path(), fresh); }, {"not empty"});
  StagedDirectory replacement(target.path(), replacing);
  write_new(replacement.path());
  replacement.commit();
  CHECK(contents_of(target.path()) == with_journal(written));
  CHECK(fs::is_directory(target / "lost+found"));
  CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("a mount point that nobody marked is not emptied") {
  const test::TemporaryDirectory directory;
  const MountedFolder target(directory / "volume", MountedFolder::Kind::file_system);
  SKIP_UNLESS_MOUNTED(target);
  test::write_file(target / "photos", "old");
  expect_error<OutputError>([&] { StagedDirectory(target.path(), replacing); }, {"this is not one"});
  CHECK(contents_of(target.path()) == Contents{{"photos", "old"}});
}

TEST_CASE("a folder whose parent cannot be written is filled in place") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  fs::create_directory(target);
  make_parent_read_only(target);
  {
    const test::OrdinaryUser user;
    StagedDirectory stage(target, fresh);
    write_new(stage.path());
    stage.commit();
  }
  fs::permissions(directory.path(), fs::perms{0755});
  CHECK(contents_of(target) == written);
}

TEST_CASE("a folder of an image's lower layer, which only the commit finds out about, is filled in place") {
  const test::TemporaryDirectory directory;
  for (const char* name : {"lower/model/c", "merged"}) fs::create_directories(directory / name);
  test::write_file(directory / "lower/model/mark", "old");
  test::write_file(directory / "lower/model/c/d", "old");
  const MountedFolder memory(directory / "memory",
                             MountedFolder::Kind::file_system);  // overlays cannot lie on overlays
  SKIP_UNLESS_MOUNTED(memory);
  for (const char* name : {"upper", "work"}) fs::create_directory(memory / name);
  const MountedFolder merged(directory / "merged", directory / "lower", memory / "upper", memory / "work");
  SKIP_UNLESS_MOUNTED(merged);
  StagedDirectory stage(merged / "model", replacing);
  write_new(stage.path());
  stage.commit();
  CHECK(contents_of(merged / "model") == written);
  CHECK(std::distance(fs::directory_iterator(merged.path()), {}) == 1);
  CHECK(std::distance(fs::directory_iterator(merged / "model"), {}) == 3);
}

TEST_CASE("a folder that becomes a mount point meanwhile is named, and stays as it is") {
  const test::TemporaryDirectory directory;
  const fs::path target = directory / "model";
  fs::create_directory(target);
  test::write_file(target / "mark", "old");
  StagedDirectory stage(target, replacing);
  write_new(stage.path());
  const MountedFolder busy(target, MountedFolder::Kind::bind);
  SKIP_UNLESS_MOUNTED(busy);
  expect_error<OutputError>([&] { stage.commit(); }, {"model", "cannot be put in place"});
  CHECK(contents_of(target) == Contents{{"mark", "old"}});
}

TEST_CASE("what stands in the way of filling is named, and the next run completes it") {
  const test::TemporaryDirectory directory;
  const MountedFolder target(directory / "volume", MountedFolder::Kind::file_system);
  SKIP_UNLESS_MOUNTED(target);
  test::write_file(target / "mark", "old");
  test::write_file(target / "journal", "journal");
  test::write_file(target / "old", "old");
  {
    const MountedFolder busy(target / "busy", MountedFolder::Kind::file_system);  // cannot be removed
    StagedDirectory stage(target.path(), replacing);
    write_new(stage.path());
    expect_error<OutputError>([&] { stage.commit(); }, {"busy", "cannot be removed", "half filled"});
    CHECK_FALSE(fs::exists(target / "mark"));  // nothing takes it for a whole one
  }
  expect_error<OutputError>([&] { StagedDirectory(target.path(), fresh); }, {"not empty", "just completed"});
  CHECK(contents_of(target.path()) == with_journal(written));
}

TEST_CASE("a kill at any moment of the commit leaves the old or the new, or what the next run makes the new") {
  const bool in_place = GENERATE(true, false), replaces = GENERATE(true, false);
  CAPTURE(in_place, replaces);
  const Contents old = with_journal(replaces ? Contents{{"mark", "old"}, {"c/d", "old"}} : Contents{});
  bool killed = true, saw_old = false, saw_new = false;
  for (int calls = 0; killed; ++calls) {
    CAPTURE(calls);
    const test::TemporaryDirectory directory;
    const fs::path target = directory / "model";
    std::optional<MountedFolder> mount;
    if (in_place) mount.emplace(target, MountedFolder::Kind::file_system);
    if (in_place) SKIP_UNLESS_MOUNTED(*mount);
    for (const auto& [name, text] : old) {
      fs::create_directories((target / name).parent_path());
      test::write_file(target / name, text);
    }
    killed = test::killed_after_calls(calls, [&](const auto& begin) {
      StagedDirectory stage(target, replaces ? replacing : fresh);
      write_new(stage.path());
      begin();
      stage.commit();
    });
    const bool marked = fs::exists(target / "mark") && test::read_file(target / "mark") == "new";
    try {
      const StagedDirectory next(target, fresh);
    } catch (const OutputError&) {
    }
    const Contents left = contents_of(target);
    CHECK((left == old || left == with_journal(written)));
    if (marked) CHECK(left == with_journal(written));
    saw_old = saw_old || left == old;
    saw_new = saw_new || left == with_journal(written);
    if (!killed) CHECK(left == with_journal(written));
    CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 1);  // nothing beside it
    for (const auto& entry : fs::directory_iterator(target)) CHECK(entry.path().extension() != ".partial");
  }
  CHECK(saw_old);
  CHECK(saw_new);
}
