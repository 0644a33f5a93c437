#include <chrono>
#include <csignal>
#include <thread>

#include "program.hpp"

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

/// The hidden folder beside `out` in which files are written; empty if there is none, or nothing in it yet.
std::filesystem::path stage_of(const std::filesystem::path& out) {
  std::error_code vanished;
  for (const auto& entry : std::filesystem::directory_iterator(out.parent_path(), vanished)) {
    if (entry.path().filename().string().starts_with(".") && !std::filesystem::is_empty(entry.path(), vanished) &&
        !vanished) {
      return entry.path();
    }
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
  CHECK(std::filesystem::exists(outputs) == replaces);
  if (replaces) CHECK(contents_of(outputs) == before);
  return true;
}

}  // namespace

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
