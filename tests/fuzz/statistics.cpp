// SPDX-License-Identifier: MIT
// A file of statistics of a small model. For the fingerprints of its model and text, which no mutation guesses, inputs
// have FINGERPRINTMODEL and FINGERPRINT_TEXT.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/safetensors_mutator.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/statistics_file.hpp>
#include <multipruner/tensor/all_finite.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

/// A model and a text that statistics can be of.
struct TinyRun {
  /// The input with its place holders, which are as long, replaced.
  [[nodiscard]] std::string with_fingerprints(std::string input) const {
    replace(input, "FINGERPRINTMODEL", origin.model);
    replace(input, "FINGERPRINT_TEXT", origin.windows);
    return input;
  }

  static void replace(std::string& text, std::string_view what, std::string_view by) {
    if (const auto place = text.find(what); place != text.npos) text.replace(place, what.size(), by);
  }

  static Graph write_and_load(const MemoryFolder& folder) {
    write_tiny_model(folder.path());
    return load<>(folder.path());
  }

  MemoryFolder folder;
  Graph graph = write_and_load(folder);
  TokenWindows windows{4, {1, 5, 3, 2, 7, 1, 9, 9}};
  StatisticsOrigin origin = statistics_origin(ModelView(graph), windows, simd::Compute::float32);
};

void use(const BlockStatistics& block) {
  for (const SignalStatistics& signal : block.inputs) {
    if (signal.moments) static_cast<void>(signal.moments->variances());
    if (signal.moments) static_cast<void>(signal.moments->norms());
    if (signal.gram) static_cast<void>(all_finite(signal.gram->matrix()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TinyRun run;
  const auto path = run.folder.write("statistics", run.with_fingerprints(std::string(text_of(data, size))));
  answer_or_error(size, [&] {
    const ModelStatistics statistics = load_statistics(path, ModelView(run.graph), run.windows);
    for (Index position = 0; position < statistics.num_blocks(); ++position) use(statistics.at({position}));
  });
  return 0;
}
