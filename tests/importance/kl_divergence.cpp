// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/importance/kl_divergence.hpp>
#include <multipruner/search/evaluator.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Log probabilities of the next token, row by row, in double.
std::vector<std::vector<double>> log_probabilities(const ModelView& view, const WindowRange& window) {
  Workspace workspace;
  const Matrix<float> stream = forward(view, window.tokens(), window.batch(), workspace);
  Matrix<float> logits(stream.rows(), view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  std::vector<std::vector<double>> rows;
  for (Index i = 0; i < logits.rows(); ++i) {
    std::vector<double> row(logits.view().row(i), logits.view().row(i) + logits.columns());
    const double max = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double logit : row) sum += std::exp(logit - max);
    for (double& logit : row) logit -= max + std::log(sum);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Of a window, by definition.
double divergence(const Graph& graph, const Plan& plan, const WindowRange& window) {
  const auto p = log_probabilities(ModelView(graph), window), q = log_probabilities(ModelView(graph, plan), window);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < p.size(); ++i) {  // behind the last token comes nothing that is known
    for (std::size_t v = 0; v < p[i].size(); ++v) sum += std::exp(p[i][v]) * (p[i][v] - q[i][v]);
  }
  return sum / static_cast<double>(p.size() - 1);
}

struct Case {
  Graph graph = load<Qwen2>(source_path("tests/data/arch/qwen2"));
  Calibration calibration{{"text", random_windows(graph, 5, 12)}};
  Plan pruned{graph};

  Case() {
    pruned.remove(mlp_of(1));
    pruned.set_width({attention_of(2)}, graph.unit_width({attention_of(2)}));
  }
};

}  // namespace

TEST_CASE("the divergence of a plan is the mean of its windows' by definition") {
  Case of;
  Evaluator evaluator({.graph = of.graph, .calibration = of.calibration, .metric = KlDivergence(of.graph)});
  const std::vector<Plan> plans{Plan(of.graph), of.pruned};
  const std::vector<PlanCost> costs = evaluator.costs(plans, {});
  CHECK(costs[0].value == Approx(0).margin(1e-6));
  double expected = 0;
  for (Index i = 0; i < 5; ++i) expected += divergence(of.graph, of.pruned, {&of.calibration.front(), i, 1}) / 5;
  CHECK(expected > 1e-3);
  CHECK(costs[1].value == Approx(expected).epsilon(1e-4));
}

TEST_CASE("divergences do not depend on which windows are measured together, nor on who measured before") {
  Case of;
  const auto cost = [&](Index rows_per_pass, const KlDivergence& metric) {
    Evaluator evaluator({.graph = of.graph,
                         .calibration = of.calibration,
                         .metric = metric,
                         .options = {.rows_per_pass = rows_per_pass}});
    const std::vector<Plan> plans{of.pruned};
    return evaluator.costs(plans, {}).front().value;
  };
  const KlDivergence shared(of.graph);
  const double once = cost(4096, shared);
  CHECK(cost(12, shared) == once);
  CHECK(cost(30, KlDivergence(of.graph)) == once);
}

TEST_CASE("a window without a label has no divergence, and a model of another vocabulary none at all") {
  Case of;
  const TokenWindows one(2, {5, 5}, 5);  // whose label is ignored
  const KlDivergence metric(of.graph);
  const Calibration calibration{{"text", one}};
  Evaluator evaluator({.graph = of.graph, .calibration = calibration, .metric = metric});
  const std::vector<Plan> plans{of.pruned};
  expect_error<DataError>([&] { (void)evaluator.costs(plans, {}); }, {"window 0"});

  const Graph other = load<Llama>(source_path("tests/data/arch/llama-mha"));
  if (other.config().vocab_size == of.graph.config().vocab_size) return;
  Evaluator mixed({.graph = other, .calibration = of.calibration, .metric = metric});
  const std::vector<Plan> of_other{Plan(other)};
  CHECK_THROWS_AS(mixed.costs(of_other, {}), Error);
}
