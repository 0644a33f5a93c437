// SPDX-License-Identifier: MIT
// What removing half of the weights does to the outputs of real linears: SparseGPT against the multiple removal
// problem, each linear with the inputs that it has in the dense model.
//
//   benchmark_weight_masks MODEL TEXT [WINDOWS [LENGTH [EVERY_NTH_LAYER]]]

#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "report.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/output_loss.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;

namespace {

constexpr std::array columns{"wanda", "sparsegpt", "sparsegpt-m", "sparsegpt-m, global", "mrp-ss", "mrp-sm"};
using Losses = std::array<double, columns.size()>;

/// Squared errors of the outputs of one linear. All methods share the damped Hessian.
Losses losses_of(const LinearProblem& problem) {
  const DampedHessian hessian(problem, 0.01);
  const auto loss = [&](const PrunedWeights& pruned) {
    const std::vector<double> rows = output_loss(problem, pruned.weights.view());
    return std::accumulate(rows.begin(), rows.end(), 0.0);
  };
  return {loss(WandaMask{}(problem)),
          loss(SparseGpt{}(problem, hessian)),
          loss(Mrp{.criterion = SequentialRemoval{}}(problem, hessian)),
          loss(Mrp{.criterion = SequentialRemoval{}, .compensation = GlobalCompensation{}}(problem, hessian)),
          loss(Mrp{.compensation = SequentialCompensation{}}(problem, hessian)),
          loss(Mrp{}(problem, hessian))};
}

/// How often a method lost no more than SparseGPT, and how much it lost on average, SparseGPT being 1.
struct Comparison {
  Index linears = 0;
  std::array<Index, columns.size()> no_worse{};
  Losses ratios{};

  void add(const Losses& losses) {
    ++linears;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const double ratio = losses[i] / losses[1];
      no_worse[i] += ratio <= 1 + 1e-12 ? 1 : 0;
      ratios[i] += ratio;
    }
  }
};

void compare_on_layer(const Graph& graph, Index layer, const TokenWindows& windows, Comparison& comparison) {
  Workspace workspace;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    if (graph.spec(block).layer() != layer) continue;
    const StatisticsNeeds needs{.block_input = {.gram = true}, .output_input = {.gram = true}};
    const ModelStatistics statistics = gather_statistics(ModelView(graph), windows, needs, workspace,
                                                         {.blocks = {block}, .origin = StatisticsOrigin{}});
    const std::span<const Slot> slots = graph.spec(block).kind().slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const WeightView& weight = graph.tensors(block)[i];
      if (!weight || !slots[i].linear) continue;
      const std::string name = graph.origin().tensor_name(slots[i].role, layer);
      const Signal signal = input_signal(slots[i].input);
      const WeightMatrix matrix = to_weight_matrix(weight);
      const Losses losses =
          losses_of({name, matrix.view(), statistics.gram(block, signal, weight.columns).matrix(), windows.count()});
      comparison.add(losses);
      std::printf("%-42s", name.c_str());
      for (const double loss : losses) std::printf("  %19.3f", loss / losses[1]);
      std::printf("\n");
      std::fflush(stdout);
    }
  }
}

Index number(int argc, char** argv, int i, Index otherwise) {
  return i < argc ? std::atol(argv[i]) : otherwise;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fputs("usage: benchmark_weight_masks MODEL TEXT [WINDOWS [LENGTH [EVERY_NTH_LAYER]]]\n", stderr);
    return 2;
  }
  const Graph graph = load<>(argv[1]);
  const auto tokenizer = load_tokenizer(argv[1]);
  const TokenWindows windows =
      cut_windows(tokenizer->encode(read_text_dataset(argv[2]).text()), graph.config().vocab_size,
                  {.length = number(argc, argv, 4, 256), .max_windows = number(argc, argv, 3, 16)});
  std::printf("squared error of the output, sparsegpt being 1; 50 %%, %lld tokens\n%-42s",
              static_cast<long long>(windows.tokens().size()), "");
  for (const char* column : columns) std::printf("  %19s", column);
  std::printf("\n");
  Comparison comparison;
  const Index step = number(argc, argv, 5, 1);
  for (Index layer = 0; layer < graph.config().num_hidden_layers; layer += step) {
    compare_on_layer(graph, layer, windows, comparison);
  }
  std::printf("%-42s", "mean");
  for (const double sum : comparison.ratios) std::printf("  %19.3f", sum / static_cast<double>(comparison.linears));
  std::printf("\n%-42s", ("no worse, of " + std::to_string(comparison.linears)).c_str());
  for (const Index count : comparison.no_worse) std::printf("  %19lld", static_cast<long long>(count));
  std::printf("\n");
} catch (const Error& error) {
  return benchmark::report_failure(error);
}
