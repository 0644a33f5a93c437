// SPDX-License-Identifier: MIT
// Everything in a layer that is no product and no attention: norms, rotary embedding and SwiGLU, as a share of the time
// of a layer of Llama-3.2-1B over 512 tokens; and each, one thread, against the same formula as Eigen arrays. The
// residual additions are no kernels of their own: the last product of a block adds to the stream, and is counted there.

#include <cmath>

#include <Eigen/Core>

#include "machine.hpp"
#include "random_model.hpp"
#include <multipruner/forward/forward.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/simd/swiglu.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

using Array = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index tokens = 512;
constexpr LlamaSizes llama_3_2_1b{2048, 8192, 1, 32, 8, 4096};  // one layer of it, and a small vocabulary

/// The elementwise operations of the layer, on activations of its sizes.
class Operations {
 public:
  explicit Operations(const Graph& graph)
      : attention_(*graph.spec({0}).as<Attention>()),
        norm_gain_(graph.tensors({1})[GatedMlp::norm]),
        batch_(1, tokens),
        rotary_(attention_.rope, attention_.head_dim, tokens),
        stream_(tokens, graph.config().hidden_size),
        normed_(tokens, graph.config().hidden_size),
        gate_(tokens, graph.width(BlockId{1})),
        up_(tokens, graph.width(BlockId{1})) {
    for (Matrix<float>* matrix : {&stream_, &normed_, &gate_}) fill(*matrix);
    // silu(gate) · up = gate, and for a negative gate small errors die out: so it can be done again and again without
    // ever leaving the normal numbers.
    map(gate_) = -map(gate_).abs();
    map(up_) = 1 + (-map(gate_)).exp();
  }

  void norm() { simd::rms_norm(stream_.view(), norm_gain_, epsilon, normed_.view()); }

  void rotate(Index heads) {
    const Index head_dim = attention_.head_dim;
    simd::rotate(normed_.view().column_range(0, heads * head_dim), head_dim, batch_.positions(), rotary_.cosines(),
                 rotary_.sines());
  }

  void gate() { simd::silu_multiply(gate_.view(), up_.view()); }

  void norm_in_eigen() {
    const auto gain = map(norm_gain_);
    auto x = map(stream_), y = map(normed_);
    for (Index i = 0; i < x.rows(); ++i) {
      const float scale = 1 / std::sqrt(x.row(i).square().mean() + epsilon);
      y.row(i) = x.row(i) * scale * gain.row(0);
    }
  }

  void rotate_in_eigen() {
    const Index head_dim = attention_.head_dim, half = head_dim / 2;
    const Eigen::Map<const Array> cosines(rotary_.cosines().data, tokens, half);
    const Eigen::Map<const Array> sines(rotary_.sines().data, tokens, half);
    auto x = map(normed_);
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index head = 0; head < x.cols(); head += head_dim) {
        const Array a = x.row(i).segment(head, half), b = x.row(i).segment(head + half, half);
        x.row(i).segment(head, half) = a * cosines.row(i) - b * sines.row(i);
        x.row(i).segment(head + half, half) = b * cosines.row(i) + a * sines.row(i);
      }
    }
  }

  void gate_in_eigen() {
    auto x = map(gate_);
    x = x / (1 + (-x).exp()) * map(up_);
  }

 private:
  static constexpr float epsilon = 1e-5f;

  static void fill(Matrix<float>& matrix) {
    const AlignedBuffer<float> values = random_values(matrix.rows() * matrix.columns(), 7);
    std::ranges::copy(values.span(), matrix.view().data);
  }

  static Eigen::Map<Array> map(Matrix<float>& matrix) { return {matrix.view().data, matrix.rows(), matrix.columns()}; }
  static Eigen::Map<const Array> map(const WeightView& view) {
    return {static_cast<const float*>(view.data), view.rows, view.columns};
  }

  AttentionSpec attention_;
  WeightView norm_gain_;
  SequenceBatch batch_;
  RotaryTable rotary_;
  Matrix<float> stream_, normed_, gate_, up_;
};

/// The whole layer. Its stream grows a little with every run, which the norms take away again.
class Layer {
 public:
  Layer(const Graph& graph, Compute compute)
      : view_(graph), batch_(1, tokens), stream_(tokens, graph.config().hidden_size), workspace_(compute) {
    const AlignedBuffer<float> values = random_values(stream_.rows() * stream_.columns());
    std::ranges::copy(values.span(), stream_.view().data);
  }

  void run() { run_blocks(view_, 0, 2, stream_, batch_, workspace_); }

 private:
  ModelView view_;
  SequenceBatch batch_;
  Matrix<float> stream_;
  Workspace workspace_;
};

void measure_share(Report& report, Compute compute, int threads) {
  const RandomModel model(llama_3_2_1b, stored_type(compute)), gains(llama_3_2_1b, DType::float32);
  Layer layer(model.graph(), compute);
  Operations operations(gains.graph());
  ThreadArena arena(threads);
  const auto in_arena = [&](auto work) { return [&arena, work] { arena.execute(work); }; };
  const auto [whole, norm, rotary_q, rotary_k, swiglu] =
      fastest(clock_for(threads), in_arena([&] { layer.run(); }), in_arena([&] { operations.norm(); }),
              in_arena([&] { operations.rotate(llama_3_2_1b.heads); }),
              in_arena([&] { operations.rotate(llama_3_2_1b.kv_heads); }), in_arena([&] { operations.gate(); }));
  const auto add = [&](const std::string& name, double seconds, std::optional<Target> target) {
    report.add({.name = name + ", layer in " + compute_name(compute) + ", " + threads_name(threads),
                .ours = 1e3 * seconds,
                .unit = "ms",
                .competitor = Figure{"the layer", 1e3 * whole},
                .target = target});
  };
  add("norms", 2 * norm, {});
  add("rotary", rotary_q + rotary_k, {});
  add("SwiGLU", swiglu, {});
  add("together", 2 * norm + rotary_q + rotary_k + swiglu, at_most(0.05));
}

template <class Ours, class Eigens>
void against_eigen(Report& report, const std::string& name, Index values, Ours&& ours, Eigens&& eigens) {
  ThreadArena one(1);
  const auto [seconds, eigen_seconds] = fastest(
      processor_seconds, [&] { one.execute(ours); }, eigens);
  const double bytes = static_cast<double>(values * tokens) * sizeof(float);
  report.add({.name = name + ", 1 thread",
              .ours = bytes / seconds / 1e9,
              .unit = "GB/s",
              .competitor = Figure{"Eigen", bytes / eigen_seconds / 1e9}});
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  report.section("Share of the time of a layer of Llama-3.2-1B, 512 tokens", "the layer");
  for (const Compute compute : compute_types) {
    for (const int threads : report.thread_counts()) measure_share(report, compute, threads);
  }

  report.section("Bytes read and written", "Eigen");
  const RandomModel model(llama_3_2_1b, DType::float32);
  Operations operations(model.graph());
  against_eigen(
      report, "norm 512 x 2048", 2 * llama_3_2_1b.hidden, [&] { operations.norm(); },
      [&] { operations.norm_in_eigen(); });
  against_eigen(
      report, "rotary 512 x 2048", 2 * llama_3_2_1b.hidden, [&] { operations.rotate(llama_3_2_1b.heads); },
      [&] { operations.rotate_in_eigen(); });
  against_eigen(
      report, "SwiGLU 512 x 8192", 3 * llama_3_2_1b.intermediate, [&] { operations.gate(); },
      [&] { operations.gate_in_eigen(); });
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
