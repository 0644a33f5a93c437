// Kernels that are bound by memory against the same formulas as Eigen arrays, one thread: GB/s read and
// written, ratio.

#include <cmath>
#include <cstdio>

#include <Eigen/Core>

#include "timing.hpp"
#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/simd/swiglu.hpp>

using namespace multipruner;

namespace {

using Array = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index rows = 512, columns = 2048, head_dim = 64, half = head_dim / 2;

template <class Ours, class Eigens>
void report(const char* name, Index bytes, Ours&& ours, Eigens&& eigens) {
  ThreadArena one(1);
  const auto [our_time, eigen_time] = benchmark::fastest(
      benchmark::processor_seconds, [&] { one.execute(ours); }, eigens);
  std::printf("%-14s %8.1f %8.1f %8.2f\n", name, static_cast<double>(bytes) / our_time / 1e9,
              static_cast<double>(bytes) / eigen_time / 1e9, eigen_time / our_time);
}

}  // namespace

int main() {
  std::printf("%td x %td\n%-14s %8s %8s %8s\n", rows, columns, "", "ours", "Eigen", "ratio");
  auto x = benchmark::random_values(rows * columns), y = benchmark::random_values(rows * columns, 2);
  const auto gain = benchmark::random_values(columns, 3), table = benchmark::random_values(rows * half, 4);
  const auto stored = benchmark::as_bfloat16(x);
  Eigen::Map<Array> eigen_x(x.data(), rows, columns), eigen_y(y.data(), rows, columns);
  const Eigen::Map<const Array> eigen_gain(gain.data(), 1, columns), eigen_table(table.data(), rows, half);
  const MatrixView<float> view_x(x.data(), rows, columns), view_y(y.data(), rows, columns);
  const MatrixView<const float> table_view(table.data(), rows, half);
  const Index size = rows * columns, bytes = size * 4;

  report(
      "rms_norm", 2 * bytes, [&] { simd::rms_norm(view_x, WeightView(gain.data(), 1, columns), 1e-5f, view_y); },
      [&] {
        for (Index i = 0; i < rows; ++i) {
          const float scale = 1 / std::sqrt(eigen_x.row(i).square().mean() + 1e-5f);
          eigen_y.row(i) = eigen_x.row(i) * scale * eigen_gain.row(0);
        }
      });
  report(
      "silu_multiply", 3 * bytes, [&] { simd::silu_multiply(view_y, view_x); },
      [&] { eigen_y = eigen_y / (1 + (-eigen_y).exp()) * eigen_x; });
  std::vector<Index> positions;
  for (Index i = 0; i < rows; ++i) positions.push_back(i);
  report(
      "rotate", 2 * bytes, [&] { simd::rotate(view_y, head_dim, positions, table_view, table_view); },
      [&] {
        Array first(1, half);
        for (Index i = 0; i < rows; ++i) {
          for (Index head = 0; head < columns; head += head_dim) {
            auto low = eigen_y.row(i).segment(head, half), high = eigen_y.row(i).segment(head + half, half);
            first = low * eigen_table.row(i) - high * eigen_table.row(i);
            high = high * eigen_table.row(i) + low * eigen_table.row(i);
            low = first;
          }
        }
      });
  report(
      "bfloat16", bytes + size * 2, [&] { simd::to_float(WeightView(stored.data(), rows, columns), view_y); },
      [&] {
        const auto* halves = reinterpret_cast<const Eigen::bfloat16*>(stored.data());
        eigen_y = Eigen::Map<const Eigen::Array<Eigen::bfloat16, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                      halves, rows, columns)
                      .cast<float>();
      });
}
