// SPDX-License-Identifier: MIT
// Two metrics of one's own, each a small class that composes with everything else in the library:
//
// * a UnitMetric says which channels and heads inside a block matter most (it looks at weights);
// * a PlanMetric says what a pruned model costs on calibration text (it looks at activations).
//
//   custom_metric [MODEL]

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

#include <multipruner/multipruner.hpp>
#include <multipruner/tensor/xtensor.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

// How much a unit can say at most: the Euclidean norm of what its output matrix does with it, that is of the columns of
// down_proj (MLP channels) or o_proj (the query channels of a key/value group) that read it.
struct ColumnNorm {
  static constexpr std::string_view name = "column norm";

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    if (graph.width(axis) == 0) return {};  // the block was pruned away before
    const xt::xtensor<float, 2> output = to_xtensor(output_matrix(graph, axis));
    const Index unit_width = graph.unit_width(axis);

    std::vector<double> scores;
    for (Index first = 0; first < graph.width(axis); first += unit_width) {
      const auto columns = xt::view(output, xt::all(), xt::range(first, first + unit_width));
      scores.push_back(std::sqrt(xt::sum<double>(xt::square(columns))()));
    }
    return scores;
  }
};

// The loss that is added per percent of the parameters that are gone. Where plain perplexity removes whatever hurts
// least, even if it is small, this prefers what is large for the harm it does.
struct AddedLossPerPercent {
  static constexpr std::string_view name = "added loss per percent";
  double dense_loss = 0;  // nats per token

  // The residual stream after the last block becomes one number per window. Here: the mean loss, as for perplexity.
  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const {
    window_losses(view.graph(), stream, windows, costs, workspace);
  }

  // The numbers of all windows become the cost of a plan.
  [[nodiscard]] double combine(const ModelView& view, std::span<const double> costs) const {
    const double percent = pruning_ratio(view.config(), view.plan());
    const double added_loss = Perplexity{}.combine(view, costs) - dense_loss;
    return percent > 0 ? added_loss / percent : 0.0;
  }

  // What people are shown.
  [[nodiscard]] double display(double cost) const { return cost; }
};

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const Graph dense = load<Llama>(model);
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration =
      read_calibration(model / "calibration.txt", *tokenizer, {.sequence_length = 256, .max_windows = 4});

  const Graph ordered = reorder(dense, order_units(dense, ColumnNorm{}));

  const PerplexityResult before = evaluate_perplexity(ModelView(ordered), calibration.front());
  const Pruner<AddedLossPerPercent, SequentialThreshold<Greedy>> pruner{
      {.ratio = 15, .split = {50, 50, 0}}, AddedLossPerPercent{.dense_loss = before.mean_nll}};
  const PruningResult result = pruner.prune(ordered, calibration);

  for (const PruningStep& step : result.steps) {
    const BlockChoice& change = step.search.edit.front();
    std::printf("%5.2f %%  %-17s -> %3td  (%+.4f nats per percent; best of %zu)\n", step.search.ratio,
                dense.label(change.block).c_str(), change.choice[0], step.search.cost, step.search.candidates.size());
  }
  std::printf("perplexity %.2f -> %.2f\n", before.perplexity,
              perplexity(ModelView(ordered, result.plan), calibration.front()));
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
