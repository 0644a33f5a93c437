// SPDX-License-Identifier: MIT
// A whole run in an application: what `multipruner prune` does, with a progress bar of its own and Ctrl-C that loses
// nothing. Call it again, and it goes on from what was measured.
//
//   pruning_run [MODEL [CALIBRATION [OUT]]]

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include <multipruner/run.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

namespace {

std::atomic<bool> cancelled = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal sets it

struct Cancelled : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "cancelled; the same call goes on from here"; }
};

/// Any work of the library reports here, and is given up, cleanly, where this throws.
class ProgressBar final : public ProgressSink {
 public:
  void begin(std::string_view work, Index total) override {
    work_ = work;
    total_ = total;
  }
  void advance(Index done) override {
    if (cancelled) throw Cancelled{};
    const auto filled = static_cast<int>(20 * done / std::max<Index>(total_, 1));
    std::fprintf(stderr, "\r%-40.40s [%-20.*s]", work_.c_str(), filled, "####################");
  }
  void describe(std::string_view state) override { work_ = state; }
  void end() noexcept override { std::fprintf(stderr, "\r%64s\r", ""); }

 private:
  std::string work_;
  Index total_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const std::filesystem::path text = argc > 2 ? argv[2] : model / "calibration.txt";
  const std::filesystem::path out = argc > 3 ? argv[3] : "pruned-model";
  std::signal(SIGINT, [](int) { cancelled = true; });

  // What to do: everything that is not said has the program's defaults. Recipes in JSON are read by run_spec_of.
  const RunSpec spec{.model = model, .ratio = 20, .calibration = text, .seqlen = 128, .max_windows = 8};

  RunEnvironment environment;
  environment.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); };
  environment.events.on_note = [](std::string_view topic, std::string_view note) {
    std::printf("%-13.*s%.*s\n", static_cast<int>(topic.size()), topic.data(), static_cast<int>(note.size()),
                note.data());
  };
  PruningRun run(spec, {.out = out, .overwrite = true}, environment);
  run.introduce();
  ProgressBar progress;
  const FinishedRun done = run.run(progress);
  std::printf("\n%s\nThe smaller model is in %s\n", done.table.c_str(), out.c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
