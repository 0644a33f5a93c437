// SPDX-License-Identifier: MIT
// Prunes a model, and lets the output matrices that are left make up for what is gone: inside the search, after it, in
// turn with it, and with a compensator of one's own.
//
//   compensation [MODEL]

#include <cstdio>
#include <filesystem>
#include <string_view>

#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

// A compensator is a struct with a name and one function. This one matches the stream several times, each time more
// freely, beginning at what the time before has solved.
struct RepeatedMatching {
  static constexpr std::string_view name = "repeated matching";
  int times = 2;

  [[nodiscard]] CompensatedModel compensate(const ModelView& dense, const ModelView& pruned,
                                            const TokenWindows& windows, ProgressSink& progress) const {
    double ridge = 0.3;
    CompensatedModel model = StreamMatching({.ridge = ridge}).compensate(dense, pruned, windows, progress);
    for (int i = 1; i < times; ++i) {
      ridge /= 3;
      model = StreamMatching({.ridge = ridge}).compensate(dense, ModelView(model.graph), windows, progress);
    }
    return model;
  }
};

void show(const char* what, const Graph& graph, const Calibration& calibration, const TokenWindows& held_out) {
  std::printf("%-24s %.2f on the calibration text, %.2f on held-out text\n", what,
              perplexity(ModelView(graph), calibration.front()), perplexity(ModelView(graph), held_out));
}

template <class Compensation>
auto pruner_with() {
  return Pruner<Perplexity, SequentialThreshold<Greedy>, Compensation>{{.ratio = 20, .split = {20, 80, 0}}};
}

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const Graph dense = load<>(model);
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration =
      read_calibration(model / "calibration.txt", *tokenizer, {.sequence_length = 256, .max_windows = 8});
  const TokenWindows held_out = read_calibration(model / "heldout.txt", *tokenizer, {.sequence_length = 256}).front();

  const auto show_as = [&](const char* what, const Graph& graph) { show(what, graph, calibration, held_out); };
  show_as("dense", dense);
  show_as("nothing", pruner_with<NoCompensation>().compress(dense, calibration).graph);
  show_as("local", pruner_with<LocalCompensation<>>().compress(dense, calibration).graph);
  show_as("stream matching", pruner_with<StreamMatching>().compress(dense, calibration).graph);
  show_as("both", pruner_with<LocalCompensation<StreamMatching>>().compress(dense, calibration).graph);
  show_as("matching every 5 %", pruner_with<StreamMatching>().compress_in_turn(dense, calibration, 5).graph);
  show_as("repeated matching", pruner_with<RepeatedMatching>().compress(dense, calibration).graph);
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
