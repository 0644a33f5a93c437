// Causal attention against a softmax over the full score matrix in Eigen. Only the causal half of the work is
// counted.

#include <cmath>
#include <cstdio>

#include <Eigen/Core>

#include "timing.hpp"
#include <multipruner/simd/attention.hpp>

using namespace multipruner;

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;

/// The textbook computation, one head after the other.
void attend_in_eigen(const simd::AttentionSegment& s, const simd::AttentionShape& shape) {
  const Index d = shape.head_dim, group = shape.num_attention_heads / shape.num_key_value_heads;
  for (Index head = 0; head < shape.num_attention_heads; ++head) {
    const Index kv = head / group * d;
    const Strided queries(s.queries.data + head * d, s.queries.rows, d, Eigen::OuterStride<>(s.queries.stride));
    const Strided keys(s.keys.data + kv, s.keys.rows, d, Eigen::OuterStride<>(s.keys.stride));
    const Strided values(s.values.data + kv, s.values.rows, d, Eigen::OuterStride<>(s.values.stride));
    Matrix scores = queries * keys.transpose();
    for (Index i = 0; i < scores.rows(); ++i) {
      const Index visible = s.keys.rows - s.queries.rows + i + 1;
      auto seen = scores.row(i).head(visible).array();
      seen = (seen * shape.scale - seen.maxCoeff() * shape.scale).exp();
      seen /= seen.sum();
      scores.row(i).tail(scores.cols() - visible).setZero();
    }
    Eigen::Map<Matrix, 0, Eigen::OuterStride<>>(s.output.data + head * d, s.output.rows, d,
                                                Eigen::OuterStride<>(s.output.stride))
        .noalias() = scores * values;
  }
}

void measure(Index rows, Index n, const simd::AttentionShape& shape, double peak) {
  const Index width = shape.num_attention_heads * shape.head_dim, kv = shape.num_key_value_heads * shape.head_dim;
  const auto queries = benchmark::random_values(rows * width), keys = benchmark::random_values(n * kv, 2),
             values = benchmark::random_values(n * kv, 3);
  std::vector<float> output(queries.size());
  const simd::AttentionSegment segment{
      {queries.data(), rows, width}, {keys.data(), n, kv}, {values.data(), n, kv}, {output.data(), rows, width}};
  const auto attend = [&] { simd::causal_attention({&segment, 1}, shape); };
  ThreadArena one(1), all;
  const auto [ours, eigen] = benchmark::fastest(
      benchmark::processor_seconds, [&] { one.execute(attend); }, [&] { attend_in_eigen(segment, shape); });
  const auto [serial, parallel] = benchmark::fastest(
      benchmark::wall_seconds, [&] { one.execute(attend); }, [&] { all.execute(attend); });
  const double pairs = static_cast<double>(rows) * (static_cast<double>(2 * n - rows + 1) / 2);
  const double work = 4 * pairs * static_cast<double>(width);
  std::printf("%5td of %5td, %2td/%2td x %3td %8.1f %7.0f %% %8.1f %8.2f %8.2f\n", rows, n, shape.num_attention_heads,
              shape.num_key_value_heads, shape.head_dim, work / ours / 1e9, 100 * work / ours / peak,
              work / eigen / 1e9, eigen / ours, serial / parallel);
}

}  // namespace

int main() {
  const double peak = benchmark::measured_peak();
  std::printf("peak of one thread: %.1f GFLOP/s\n\n", peak / 1e9);
  std::printf("%-25s %8s %9s %8s %8s %8s\n", "queries of keys, heads", "ours", "of peak", "Eigen", "ratio", "speed-up");
  const auto shape = [](Index heads, Index key_value_heads, Index head_dim) {
    return simd::AttentionShape{heads, key_value_heads, head_dim, 1 / std::sqrt(static_cast<float>(head_dim))};
  };
  measure(512, 512, shape(9, 3, 64), peak);
  measure(512, 512, shape(16, 16, 128), peak);
  measure(2048, 2048, shape(9, 3, 64), peak);
  measure(2048, 2048, shape(8, 2, 128), peak);
  measure(1, 512, shape(9, 3, 64), peak);
  measure(1, 2048, shape(32, 8, 64), peak);
}
