// What the other snippets get wrong, done right.
#include <multipruner/multipruner.hpp>

using namespace multipruner;

struct CountingObserver {
  Index calls = 0;
  void operator()(BlockId, Signal, MatrixView<const float>) { ++calls; }
};

double everything() {
  const Graph graph = load<Llama, Qwen2>("model");
  const Graph ordered = reorder(graph, order_units<L1>(graph));
  const Calibration calibration = make_calibration(std::vector<TokenId>(8), 1, {.length = 4});

  CountingObserver observer;
  Workspace workspace;
  (void)forward(ModelView(ordered), calibration.at(block_samples).tokens(), {2, 4}, workspace, observer);
  (void)forward(ModelView(ordered), calibration.at(block_samples).tokens(), {2, 4}, workspace,
                [](BlockId, Signal, auto) {});

  const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 20}};
  const Plan plan = pruner.plan(ordered, calibration);
  Evaluator evaluator({ordered, calibration, Perplexity{}});
  return evaluator.costs({&plan, 1}, {.samples = block_samples}).front().value;
}
