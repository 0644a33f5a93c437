// Prunes a model, and lets the output matrices that are left make up for what is gone: once with stream matching, and
// once with a compensator of one's own.
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

template <class Compensation>
void show(const Graph& dense, const Calibration& calibration, const TokenWindows& held_out) {
  const Pruner<Perplexity, SequentialThreshold<Greedy>, Compensation> pruner{{.ratio = 20, .split = {20, 80, 0}}};
  const PrunedModel small = pruner.compress(dense, calibration);
  std::printf("%-18s %.2f on the calibration text, %.2f on held-out text\n", Compensation::name.data(),
              perplexity(ModelView(small.graph), calibration.block), perplexity(ModelView(small.graph), held_out));
}

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const Graph dense = load<>(model);
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration =
      read_calibration(model / "calibration.txt", *tokenizer, {.sequence_length = 256, .max_windows = 8});
  const TokenWindows held_out = read_calibration(model / "heldout.txt", *tokenizer, {.sequence_length = 256}).block;

  std::printf("%-18s %.2f on the calibration text, %.2f on held-out text\n", "dense",
              perplexity(ModelView(dense), calibration.block), perplexity(ModelView(dense), held_out));
  show<NoCompensation>(dense, calibration, held_out);
  show<StreamMatching>(dense, calibration, held_out);
  show<RepeatedMatching>(dense, calibration, held_out);
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
