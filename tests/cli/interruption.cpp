// SPDX-License-Identifier: MIT
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include <support/restrictions.hpp>

#include "program.hpp"
#include <multipruner/core/sanitizers.hpp>

using namespace multipruner::test;

namespace {

/// The model with a licence so long that copying it gives the time to interrupt the program while it writes.
std::string model_with_long_license(const TemporaryDirectory& directory) {
  const auto model = directory / "model";
  std::filesystem::copy(stories(), model);
  write_file(model / "LICENSE", "");
  std::filesystem::resize_file(model / "LICENSE", std::uintmax_t{64} << 20);
  return model;
}

std::vector<std::string> short_prune(const std::string& model, const std::string& out) {
  return {"prune",    model, "--calibration",  stories() / "calibration.txt",
          "--seqlen", "32",  "--max-windows",  "1",
          "--ratio",  "3",   "--distribution", "1:0:0",
          "--out",    out,   "--overwrite"};
}

/// The folder in a hidden one beside `out` in which files are written; empty if there is none, or nothing in it yet.
std::filesystem::path stage_of(const std::filesystem::path& out) {
  std::error_code vanished;
  for (const auto& entry : std::filesystem::directory_iterator(out.parent_path(), vanished)) {
    const auto contents = entry.path() / "contents";
    if (!entry.path().filename().string().starts_with(".") || !std::filesystem::is_directory(contents, vanished))
      continue;
    if (!std::filesystem::is_empty(contents, vanished) && !vanished) return contents;
  }
  return {};
}

/// Runs until files are being written, and stops there. @returns whether that could be seen in time.
bool stop_while_writing(const RunningProgram& program, const std::filesystem::path& out) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (stage_of(out).empty()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  if (!program.stop()) return false;
  const auto stage = stage_of(out);
  return !stage.empty() && !std::filesystem::exists(stage / "multipruner.json");  // which is written after the weights
}

/// Interrupts a run while it writes, and checks what is left.
/// @param replaces whether its output is to take the place of a folder that is there.
/// @returns false if it could not be stopped in time, so that nothing was checked.
bool interrupt_while_writing(int signal, bool replaces) {
  const TemporaryDirectory directory;
  const std::filesystem::path outputs = directory / "outputs", out = outputs / "smaller";
  std::vector<std::pair<std::string, std::string>> before;
  if (replaces) {
    std::filesystem::create_directories(out);
    write_file(out / "multipruner.json", "{}");  // without it, the program would not replace the folder
    before = contents_of(outputs);
  }
  RunningProgram program(short_prune(model_with_long_license(directory), out));
  if (!stop_while_writing(program, out)) return false;
  program.send(signal);
  program.send(SIGCONT);
  CHECK(program.wait().status == 128 + signal);
  for (const char* journal : {"multipruner.journal", "multipruner.generated"}) {
    std::filesystem::remove(out / journal);  // with them, the same command goes on
  }
  if (!replaces) std::filesystem::remove(out);
  CHECK(contents_of(outputs) == before);
  return true;
}

/// The final bytes of a run with these options that nobody disturbed.
std::vector<std::pair<std::string, std::string>> undisturbed(const std::vector<std::string>& more) {
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, more));
  return contents_of(out);
}

auto entries_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

/// Sanitizers make the program many times slower; the points are as random with them.
#if MULTIPRUNER_ADDRESS_SANITIZER || MULTIPRUNER_THREAD_SANITIZER
constexpr int kill_points = 8;
#else
constexpr int kill_points = 100;
#endif

}  // namespace

TEST_CASE("a run that is killed anywhere, some of them twice, ends with the bytes of one that was not") {
  SKIP_WITHOUT(stories());
  const std::vector<std::string> options{"--ratio", "30"}, replacing{"--ratio", "30", "--overwrite"};
  const auto start = std::chrono::steady_clock::now();
  const auto expected = undisturbed(options);
  const std::chrono::duration<double> whole_run = std::chrono::steady_clock::now() - start;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> share(0, 1);
  int kills = 0, resumed = 0;
  for (int point = 0; point < kill_points; ++point) {
    const TemporaryDirectory directory;
    const std::filesystem::path out = directory / "smaller";
    for (int kill = 0; kill <= point % 3 / 2; ++kill) {  // every third twice in a row
      RunningProgram program(quick_prune(out, options));
      std::this_thread::sleep_for(whole_run * share(random));
      program.send(SIGKILL);
      if (program.wait().status == 128 + SIGKILL) ++kills;
    }
    if (!std::filesystem::exists(out / "multipruner.json")) {
      const ProgramResult result = run_successfully(quick_prune(out, options));
      if (result.out.find("continues from") != std::string::npos) ++resumed;
    } else if (entries_in(directory.path()) > 1) {  // killed behind the end, before what was replaced is removed
      CHECK(contents_of(out) == expected);
      run_successfully(quick_prune(out, replacing));
    }
    CHECK(contents_of(out) == expected);
    CHECK(entries_in(directory.path()) == 1);  // nothing is left beside it
  }
  CHECK(kills > kill_points / 2);
  CHECK(resumed > 0);
}

TEST_CASE("a run that is killed while it writes goes on to the same bytes and leaves nothing else") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = model_with_long_license(directory);
  run_successfully(short_prune(model, directory / "expected"));
  const auto expected = contents_of(directory / "expected");
  const std::filesystem::path outputs = directory / "outputs", out = outputs / "smaller";
  int kills = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    RunningProgram program(short_prune(model, out));
    if (!stop_while_writing(program, out)) continue;
    program.send(SIGKILL);
    if (program.wait().status == 128 + SIGKILL) ++kills;
  }
  CHECK(kills > 0);
  const ProgramResult result = run_successfully(short_prune(model, out));
  CHECK_THAT(result.out, Catch::Contains("continues from"));
  CHECK(contents_of(out) == expected);
  CHECK(entries_in(outputs) == 1);
}

TEST_CASE("a full disk ends a run by name, damages nothing, and the same command goes on later") {
  SKIP_WITHOUT(stories());
  const std::vector<std::string> options{"--ratio", "20"};
  const auto expected = undisturbed(options);
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  const std::uint64_t limit = GENERATE(3000, 6000, 200000);  // in the journal; in the weights
  CAPTURE(limit);
  {
    const FileSizeLimit full_disk(limit);
    const ProgramResult result = run_program(quick_prune(out, options));
    CHECK(result.status == 5);
    CHECK_THAT(result.err, Catch::Contains("cannot be written"));
  }
  CHECK_FALSE(std::filesystem::exists(out / "multipruner.json"));
  CHECK_THAT(run_successfully(quick_prune(out, options)).out, Catch::Contains("continues from"));
  CHECK(contents_of(out) == expected);
}

TEST_CASE("a run that compensates ends with the same bytes on any threads, also after it was killed") {
  SKIP_WITHOUT(stories());
  const std::vector<std::string> options =
      GENERATE(std::vector<std::string>{"--ratio", "20", "--preset", "quality"},
               std::vector<std::string>{"--ratio", "16", "--preset", "quality", "--compensate", "local+stream-matching",
                                        "--ridge", "0.1", "--compensate-every", "6"});
  const auto expected = undisturbed(options);
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  for (int attempt = 0; attempt < 6 && !std::filesystem::exists(out / "multipruner.json"); ++attempt) {
    RunningProgram program(quick_prune(out, options));
    std::this_thread::sleep_for(std::chrono::milliseconds(150 * (attempt + 1)));
    program.send(SIGKILL);
    static_cast<void>(program.wait());
  }
  auto again = options;
  again.insert(again.end(), {"--threads", "1", "--overwrite"});
  run_successfully(quick_prune(out, again));
  CHECK(contents_of(out) == expected);
}

TEST_CASE("Ctrl-C ends a search after the block under way, and the same command goes on") {
  SKIP_WITHOUT(stories());
  const std::vector<std::string> options{"--ratio", "20"};
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  RunningProgram program(quick_prune(out, options));
  const auto journal = out / "multipruner.journal";
  std::error_code ignored;
  while (!std::filesystem::exists(journal) || std::filesystem::file_size(journal, ignored) < 2000) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  program.send(SIGINT);
  const ProgramResult interrupted = program.wait();
  CHECK(interrupted.status == 128 + SIGINT);
  CHECK_THAT(interrupted.err, Catch::Contains("the same command continues from here"));

  const ProgramResult finished = run_successfully(quick_prune(out, options));
  CHECK_THAT(finished.err + finished.out, Catch::Contains("continues from"));
  CHECK(contents_of(out) == undisturbed(options));
}

TEST_CASE("a journal of other settings is refused, unless all begins anew") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "3"}));
  const ProgramResult refused = run_program(quick_prune(out, {"--ratio", "3", "--overwrite", "--no-reorder"}));
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Contains("other order of channels and heads") && Catch::Contains("--restart"));
  run_successfully(quick_prune(out, {"--ratio", "3", "--overwrite", "--no-reorder", "--restart"}));
}

TEST_CASE("a file in the place of the journal that is none stays as it is") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller", journal = out / "multipruner.journal";
  std::filesystem::create_directory(out);
  write_file(journal, "my diary\n");
  std::vector<std::string> options{"--ratio", "3"};
  if (GENERATE(false, true)) options.insert(options.end(), {"--restart", "--overwrite"});
  const ProgramResult refused = run_program(quick_prune(out, options));
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Contains("not a journal of this program"));
  CHECK(read_file(journal) == "my diary\n");
}

TEST_CASE("a damaged line in the middle of a journal is said, and the others are used") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller", journal = out / "multipruner.journal";
  run_successfully(quick_prune(out, {"--ratio", "3"}));
  const auto expected = contents_of(out);
  std::string text = read_file(journal);
  const auto lines = std::ranges::count(text, '\n');
  REQUIRE(lines > 5);
  text[text.find('\n') + 20] ^= 1;
  write_file(journal, text);
  const ProgramResult again = run_successfully(quick_prune(out, {"--ratio", "3", "--overwrite"}));
  CHECK_THAT(again.out, Catch::Contains("damaged lines in the middle: 1; " + std::to_string(lines - 2) + " costs"));
  const auto without_journal = [](auto contents) {
    std::erase_if(contents, [](const auto& file) { return file.first.ends_with(".journal"); });
    return contents;
  };
  CHECK(without_journal(contents_of(out)) == without_journal(expected));
}

TEST_CASE("a turn that starts from another model does not use the costs of the first") {
  SKIP_WITHOUT(stories());
  // The second turn of both has the same number and can have the same widths, but other weights.
  const std::vector<std::string> common{
      "--compensate", "stream-matching", "--ridge", "0.1", "--compensate-every", "15", "--ratio", "30", "--overwrite"};
  const auto with_groups_of = [&](const char* channels) {
    auto options = common;
    options.insert(options.end(), {"--mlp-group", channels});
    return options;
  };
  const auto expected = undisturbed(with_groups_of("32"));
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, with_groups_of("64")));
  run_successfully(quick_prune(out, with_groups_of("32")));
  const auto without_journal = [](auto contents) {
    std::erase_if(contents, [](const auto& file) { return file.first.ends_with(".journal"); });
    return contents;
  };
  CHECK(without_journal(contents_of(out)) == without_journal(expected));
}

TEST_CASE("a journal of a ridge that differs only behind the sixth digit is refused, with both values") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  const auto with_ridge = [&](const char* ridge) {
    return quick_prune(out, {"--ratio", "3", "--compensate", "local", "--local-ridge", ridge, "--overwrite"});
  };
  run_successfully(with_ridge("1e-7"));
  const ProgramResult refused = run_program(with_ridge("2e-7"));
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Contains("other compensation of candidates") && Catch::Contains("ridge 1e-07") &&
                              Catch::Contains("ridge 2e-07"));
}

TEST_CASE("a journal names the metric, the instruction set and the version of costs that it is of") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "3"}));
  const std::string first = read_file(out / "multipruner.journal").substr(0, 2000);
  for (const char* name : {";metric=perplexity 1;", ";version of costs=", ";instruction set="}) {
    CHECK_THAT(first.substr(0, first.find('\n')), Catch::Contains(name));
  }
}

TEST_CASE("a larger ratio continues from the costs of a smaller one") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "5", "--distribution", "1:0:0"}));
  const auto more =
      run_successfully(quick_prune(out, {"--ratio", "15", "--distribution", "1:0:0", "--overwrite", "--json"}));
  CHECK(more.json().at("work").at("blocks_saved_by_memory") > 0);
}

TEST_CASE("a run that is interrupted while it writes leaves everything as it was") {
  SKIP_WITHOUT(stories());
  const int signal = GENERATE(SIGINT, SIGTERM);
  const bool replaces = GENERATE(false, true);
  CAPTURE(signal, replaces);
  for (int attempt = 0; attempt < 5; ++attempt) {
    if (interrupt_while_writing(signal, replaces)) return;
  }
  FAIL("the program could not be stopped while it writes");
}
