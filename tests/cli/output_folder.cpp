// SPDX-License-Identifier: MIT
#include <chrono>
#include <csignal>
#include <thread>

#include <support/mounted_folder.hpp>

#include "program.hpp"

using namespace multipruner::test;

namespace {

std::vector<std::string> quick_sparsify(const std::string& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"sparsify",  stories(), "--calibration", stories() / "calibration.txt",
                                     "--seqlen",  "64",      "--max-windows", "2",
                                     "--pattern", "50%",     "--out",         out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Without the model card, which has the command in it, and the journal, in which damage may have been left.
std::vector<std::pair<std::string, std::string>> comparable(const std::filesystem::path& folder) {
  auto contents = contents_of(folder);
  std::erase_if(contents,
                [](const auto& file) { return file.first.ends_with("README.md") || file.first.ends_with(".journal"); });
  return contents;
}

auto entries_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("prune, sparsify and extract fill a mount point in place, and fill it again") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto kind = GENERATE(MountedFolder::Kind::file_system, MountedFolder::Kind::bind);
  const MountedFolder volume(directory / "volume", kind);
  SKIP_UNLESS_MOUNTED(volume);
  const std::filesystem::path plain = directory / "plain", out = volume.path();
  run_successfully(quick_prune(out, {"--ratio", "3", "--dry-run"}));
  CHECK(entries_in(out) == 0);
  run_successfully(quick_prune(plain, {"--ratio", "3"}));
  run_successfully(quick_prune(out, {"--ratio", "3"}));
  CHECK(comparable(out) == comparable(plain));
  CHECK(entries_in(out) == entries_in(plain));

  const auto again = run_successfully(quick_prune(out, {"--ratio", "5", "--overwrite"}));
  CHECK_THAT(again.out, Catch::Contains("continues from"));
  run_successfully(quick_prune(plain, {"--ratio", "5", "--overwrite"}));
  CHECK(comparable(out) == comparable(plain));

  const std::filesystem::path extracted = directory / "extracted";
  run_successfully({"extract", plain, "--at", "2", "--out", extracted});
  run_successfully({"extract", plain, "--at", "2", "--out", out, "--overwrite"});
  CHECK(comparable(out) == comparable(extracted));
  run_successfully(quick_sparsify(out, {"--overwrite"}));
  run_successfully(quick_sparsify(plain, {"--overwrite"}));
  CHECK(comparable(out) == comparable(plain));
  CHECK(entries_in(out) == entries_in(plain));
}

TEST_CASE("a run into a mount point that is killed anywhere ends with the same bytes") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path plain = directory / "plain";
  const auto start = std::chrono::steady_clock::now();
  run_successfully(quick_prune(plain, {"--ratio", "20"}));
  const auto whole_run = std::chrono::steady_clock::now() - start;
  for (int point = 1; point <= 8; ++point) {
    CAPTURE(point);
    const MountedFolder volume(directory / std::to_string(point), MountedFolder::Kind::file_system);
    SKIP_UNLESS_MOUNTED(volume);
    {
      RunningProgram program(quick_prune(volume.path(), {"--ratio", "20"}));
      std::this_thread::sleep_for(whole_run * point / 8);
      program.send(SIGKILL);
      static_cast<void>(program.wait());
    }
    run_successfully(quick_prune(volume.path(), {"--ratio", "20", "--overwrite"}));
    CHECK(comparable(volume.path()) == comparable(plain));
    CHECK(entries_in(volume.path()) == entries_in(plain));
  }
}

TEST_CASE("a folder that cannot be written or replaced is found before the work, in a dry run too") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path precious = directory / "precious", run = directory / "run";
  std::filesystem::create_directory(precious);
  write_file(precious / "photos", "old");
  const std::vector<std::string> refused_options{"--ratio", "3", "--overwrite", "--dry-run"};
  const ProgramResult dry = run_program(quick_prune(precious, refused_options));
  CHECK(dry.status == 5);
  CHECK_THAT(dry.err, Catch::Contains("this is not one"));
  run_successfully(quick_prune(run, {"--ratio", "3"}));
  const ProgramResult extract = run_program({"extract", run, "--at", "1", "--out", precious, "--overwrite"});
  CHECK(extract.status == 5);
  CHECK_THAT(extract.err, Catch::Contains("this is not one"));
  CHECK(run_program(quick_sparsify(precious, {"--overwrite"})).status == 5);
  CHECK(read_file(precious / "photos") == "old");
  CHECK(entries_in(directory.path()) == 2);
}
