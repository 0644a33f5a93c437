// Products with weights against Eigen: GFLOP/s, share of the measured peak of the fused multiply-add units,
// ratio.

#include <cstdio>

#include <Eigen/Core>

#include "timing.hpp"
#include <multipruner/simd/linear.hpp>

using namespace multipruner;

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void measure(Index rows, Index in, Index out, double peak) {
  const auto x = benchmark::random_values(rows * in), weight = benchmark::random_values(out * in, 2);
  const auto narrow_weight = benchmark::as_bfloat16(weight);
  std::vector<float> y(static_cast<std::size_t>(rows * out));
  const auto product = [&](const auto& stored) {
    simd::linear({x.data(), rows, in}, WeightView(stored.data(), out, in), {}, {y.data(), rows, out});
  };
  ThreadArena one(1), all;
  const Eigen::Map<const Matrix> eigen_x(x.data(), rows, in), eigen_weight(weight.data(), out, in);
  Eigen::Map<Matrix> eigen_y(y.data(), rows, out);

  const auto [float32, bfloat16, eigen] = benchmark::fastest(
      benchmark::processor_seconds, [&] { one.execute([&] { product(weight); }); },
      [&] { one.execute([&] { product(narrow_weight); }); },
      [&] { eigen_y.noalias() = eigen_x * eigen_weight.transpose(); });
  const auto [serial, parallel] = benchmark::fastest(
      benchmark::wall_seconds, [&] { one.execute([&] { product(weight); }); },
      [&] { all.execute([&] { product(weight); }); });
  const double work = 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
  std::printf("%5td x (%5td -> %5td) %8.1f %7.0f %% %8.1f %8.1f %8.2f %8.2f\n", rows, in, out, work / float32 / 1e9,
              100 * work / float32 / peak, work / bfloat16 / 1e9, work / eigen / 1e9, eigen / float32,
              serial / parallel);
}

}  // namespace

int main() {
  const double peak = benchmark::measured_peak();
  std::printf("peak of one thread: %.1f GFLOP/s\n\n", peak / 1e9);
  std::printf("%-23s %8s %9s %8s %8s %8s %8s\n", "", "float32", "of peak", "bfloat16", "Eigen", "ratio", "speed-up");
  for (const auto& [rows, in, out] : {std::array<Index, 3>{512, 576, 1536},
                                      {512, 2048, 2048},
                                      {512, 4096, 11008},
                                      {128, 2048, 2048},
                                      {16, 2048, 2048},
                                      {4, 2048, 8192},
                                      {1, 576, 1536},
                                      {1, 2048, 8192}}) {
    measure(rows, in, out, peak);
  }
}
