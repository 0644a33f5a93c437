// SPDX-License-Identifier: MIT
// The time to remove half of the weights of a large random matrix, its Hessian's factor included: Wanda, SparseGPT and
// the multiple removal problem. sparse_gpt_torch.py sets SparseGPT in PyTorch beside it.
//
//   benchmark_weight_pruning_speed [COLUMNS]

#include <cstdlib>
#include <string>

#include "random_values.hpp"
#include "report.hpp"
#include "timing.hpp"
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>
#include <multipruner/tensor/eigen.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

/// A matrix of n × n, and the Gram matrix of as many inputs, which are not independent.
class RandomLinear {
 public:
  explicit RandomLinear(Index n) {
    const AlignedBuffer<float> values = random_values(2 * n * n);
    const Eigen::Map<const Eigen::MatrixXf> first(values.data(), n, n), second(values.data() + n * n, n, n);
    weights_ = first.cast<double>();
    gram_ = (second * second.transpose()).cast<double>();
  }

  [[nodiscard]] LinearProblem problem() const { return {"random", stored_rows(weights_), stored_rows(gram_), 1}; }

 private:
  RowMajorMatrix weights_;
  Eigen::MatrixXd gram_;
};

void measure(Report& report, const LinearProblem& problem) {
  const Index n = problem.weights.columns;
  const double millions = static_cast<double>(problem.weights.rows * n) / 1e6;
  const std::string size = std::to_string(n) + " x " + std::to_string(n);
  ThreadArena arena(report.threads());
  const auto work = [&](auto pruner) {
    return [&, pruner] { arena.execute([&] { static_cast<void>(pruner(problem)); }); };
  };
  const auto [wanda, sparse_gpt, single, multiple] =
      fastest(clock_for(report.threads()), work(WandaMask{}), work(SparseGpt{}),
              work(Mrp{.compensation = SequentialCompensation{}}), work(Mrp{}));
  const auto add = [&](const char* name, double seconds, std::optional<Target> target = {}) {
    report.add({.name = std::string(name) + " " + size + ", " + threads_name(report.threads()),
                .ours = millions / seconds,
                .unit = "Mweights/s",
                .competitor = Figure{"our SparseGPT", millions / sparse_gpt},
                .target = target});
  };
  add("wanda", wanda);
  add("sparsegpt", sparse_gpt);
  add("mrp-ss", single);
  add("mrp-sm", multiple, at_least(1.0 / 3));
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  const Index n = report.operands().empty() ? 4096 : std::atol(report.operands().front().c_str());
  report.section("Half of the weights removed, Hessian included", "our SparseGPT");
  measure(report, RandomLinear(report.quick() ? 512 : n).problem());
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
