// The loss without a logits matrix against Eigen with one.

#include <cstdio>

#include <Eigen/Core>

#include "timing.hpp"
#include <multipruner/simd/cross_entropy.hpp>

using namespace multipruner;

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void measure(Index rows, Index in, Index vocabulary, double peak) {
  const auto hidden = benchmark::random_values(rows * in), head = benchmark::random_values(vocabulary * in, 2);
  const std::vector<TokenId> labels(static_cast<std::size_t>(rows), static_cast<TokenId>(vocabulary / 2));
  std::vector<double> nll(labels.size());
  const auto loss = [&] {
    simd::cross_entropy({hidden.data(), rows, in}, WeightView(head.data(), vocabulary, in), labels, nll);
  };
  const Eigen::Map<const Matrix> eigen_hidden(hidden.data(), rows, in), eigen_head(head.data(), vocabulary, in);
  const auto eigen_loss = [&] {
    const Matrix logits = eigen_hidden * eigen_head.transpose();
    for (Index i = 0; i < rows; ++i) {
      const auto row = logits.row(i).array();
      const float max = row.maxCoeff();
      nll[static_cast<std::size_t>(i)] =
          static_cast<double>(max + std::log((row - max).exp().sum()) - row(vocabulary / 2));
    }
  };
  ThreadArena one(1), all;
  const auto [ours, eigen] = benchmark::fastest(
      benchmark::processor_seconds, [&] { one.execute(loss); }, eigen_loss);
  const auto [serial, parallel] = benchmark::fastest(
      benchmark::wall_seconds, [&] { one.execute(loss); }, [&] { all.execute(loss); });
  const double work = 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(vocabulary);
  std::printf("%5td x (%5td -> %6td) %8.1f %7.0f %% %8.1f %8.2f %8.2f\n", rows, in, vocabulary, work / ours / 1e9,
              100 * work / ours / peak, work / eigen / 1e9, eigen / ours, serial / parallel);
}

}  // namespace

int main() {
  const double peak = benchmark::measured_peak();
  std::printf("peak of one thread: %.1f GFLOP/s\n\n", peak / 1e9);
  std::printf("%-24s %8s %9s %8s %8s %8s\n", "", "ours", "of peak", "Eigen", "ratio", "speed-up");
  measure(512, 576, 49152, peak);
  measure(512, 2048, 32000, peak);
}
