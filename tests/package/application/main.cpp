// SPDX-License-Identifier: MIT
// An application that has nothing but the installed library: it prunes, is killed on its way, again and again, goes on
// to the same model, and extracts a larger one.
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <multipruner/run.hpp>
#include <multipruner/tokenizers.hpp>

namespace {

using namespace multipruner;

const std::filesystem::path model = MODEL;

RunEnvironment environment() {
  RunEnvironment made;
  made.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); };
  return made;
}

/// Kills its process at the n-th report.
class Killer final : public ProgressSink {
 public:
  explicit Killer(int after) : left_(after) {}
  void advance(Index) override {
    if (left_-- == 0) ::raise(SIGKILL);
  }

 private:
  int left_;
};

void prune(const std::filesystem::path& out, int killed_after) {
  const RunSpec spec{
      .model = model, .ratio = 20, .calibration = model / "calibration.txt", .seqlen = 32, .max_windows = 2};
  Killer progress(killed_after);
  PruningRun(spec, {.out = out, .overwrite = true}, environment()).run(progress);
}

/// Work in a process of its own; whether it came to its end.
template <class Work>
bool in_a_process(Work work) {
  const ::pid_t child = ::fork();
  if (child == 0) {
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      ::_exit(1);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) throw std::runtime_error("the work failed");
  return WIFEXITED(status);
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void require(bool fulfilled, const char* what) {
  if (!fulfilled) throw std::runtime_error(what);
}

}  // namespace

int main() try {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("application." + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  int killed = 0;
  for (int after = 5; !in_a_process([&] { prune(folder / "killed", after); }); after *= 2) ++killed;
  require(killed > 3, "it was hardly ever killed");
  require(in_a_process([&] { prune(folder / "whole", -1); }), "nobody killed it");
  for (const char* file : {"model.safetensors", "pruning_config.json", "log.json", "recipe.yaml"}) {
    require(contents(folder / "killed" / file) == contents(folder / "whole" / file), file);
  }
  PastRun past(folder / "killed", {}, environment());
  const ExtractedPoint point = past.extract(past.steps_until(10), folder / "early");
  require(count_parameters(load<>(folder / "early").config()) > 0 && point.ratio >= 10 && point.ratio < 20, "extract");
  std::printf("killed %d times; extracted at %.2f percent\n", killed, point.ratio);
  std::filesystem::remove_all(folder);
} catch (const std::exception& error) {
  std::fprintf(stderr, "failed: %s\n", error.what());
  return 1;
}
