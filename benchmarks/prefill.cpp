// A whole forward pass over a prompt, loss included, against the same model written in Eigen: tokens per second, ratio,
// and the difference of the losses.

#include <array>
#include <cmath>
#include <cstdio>
#include <deque>
#include <vector>

#include <Eigen/Dense>

#include "timing.hpp"
#include <multipruner/forward/forward.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;

namespace {

using EigenMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Weight = Eigen::Map<const EigenMatrix>;

ModelConfig config_of(Index hidden, Index intermediate, Index layers, Index heads, Index kv_heads, Index vocabulary) {
  ModelConfig config;
  config.model_type = "llama";
  config.hidden_size = hidden;
  config.intermediate_size = intermediate;
  config.num_hidden_layers = layers;
  config.num_attention_heads = heads;
  config.num_key_value_heads = kv_heads;
  config.head_dim = hidden / heads;
  config.vocab_size = vocabulary;
  config.tie_word_embeddings = true;
  return config;
}

/// Random weights in memory of our own, as float32 and rounded to bfloat16.
class RandomModel {
 public:
  explicit RandomModel(ModelConfig config) : config_(std::move(config)) {
    const Index hidden = config_.hidden_size, width = config_.attention_width();
    const Index kv_width = config_.num_key_value_heads * config_.head_dim;
    weights_.embed_tokens = weights_.lm_head = matrix(config_.vocab_size, hidden);
    for (Index layer = 0; layer < config_.num_hidden_layers; ++layer) {
      const AttentionWeights attention{matrix(width, hidden),
                                       matrix(kv_width, hidden),
                                       matrix(kv_width, hidden),
                                       matrix(hidden, width),
                                       {},
                                       {},
                                       {},
                                       {}};
      const MlpWeights mlp{matrix(config_.intermediate_size, hidden),
                           matrix(config_.intermediate_size, hidden),
                           matrix(hidden, config_.intermediate_size),
                           {},
                           {},
                           {}};
      weights_.layers.push_back({matrix(1, hidden), attention, matrix(1, hidden), mlp});
    }
    weights_.final_norm = matrix(1, hidden);
  }

  [[nodiscard]] Graph float32() const { return {config_, weights_}; }

  [[nodiscard]] Graph bfloat16() {
    Weights narrow = weights_;
    for_each_tensor(narrow, [&](TensorRole, Index, WeightView& view) {
      if (!view) return;
      const auto* values = static_cast<const float*>(view.data);
      narrow_.push_back(benchmark::as_bfloat16({values, values + view.size()}));
      view = WeightView(narrow_.back().data(), view.rows, view.columns);
    });
    return {config_, narrow};
  }

 private:
  WeightView matrix(Index rows, Index columns) {
    storage_.push_back(benchmark::random_values(rows * columns, static_cast<unsigned>(storage_.size()) + 1));
    const float scale = rows == 1 ? 1.0f : 1.0f / std::sqrt(static_cast<float>(columns));
    for (float& value : storage_.back()) value *= scale;
    return {storage_.back().data(), rows, columns};
  }

  ModelConfig config_;
  std::deque<std::vector<float>> storage_;
  std::deque<std::vector<BFloat16>> narrow_;
  Weights weights_;
};

/// The same forward pass as one would write it in Eigen: whole score matrices, whole logits.
class EigenModel {
 public:
  explicit EigenModel(const Graph& graph) : graph_(graph) {}

  [[nodiscard]] double mean_loss(std::span<const TokenId> tokens) const {
    const auto rows = static_cast<Index>(tokens.size());
    const Weight embeddings = map(graph_.weights().embed_tokens);
    EigenMatrix stream(rows, config().hidden_size);
    for (Index i = 0; i < rows; ++i) stream.row(i) = embeddings.row(tokens[static_cast<std::size_t>(i)]);
    for (const LayerWeights& layer : graph_.weights().layers) {
      attend(*layer.attention, normed(stream, layer.attention_norm), stream);
      const EigenMatrix x = normed(stream, layer.mlp_norm);
      const EigenMatrix gate = x * map(layer.mlp->gate_proj).transpose();
      const EigenMatrix up = x * map(layer.mlp->up_proj).transpose();
      const EigenMatrix product = (gate.array() / (1 + (-gate.array()).exp()) * up.array()).matrix();
      stream.noalias() += product * map(layer.mlp->down_proj).transpose();
    }
    const EigenMatrix logits = normed(stream, graph_.weights().final_norm) * map(graph_.weights().lm_head).transpose();
    double sum = 0;
    for (Index i = 0; i + 1 < rows; ++i) {
      const float max = logits.row(i).maxCoeff();
      sum += std::log((logits.row(i).array() - max).exp().sum()) + max -
             logits(i, tokens[static_cast<std::size_t>(i + 1)]);
    }
    return sum / static_cast<double>(rows - 1);
  }

 private:
  [[nodiscard]] const ModelConfig& config() const { return graph_.config(); }

  static Weight map(const WeightView& view) { return {static_cast<const float*>(view.data), view.rows, view.columns}; }

  [[nodiscard]] EigenMatrix normed(const EigenMatrix& x, const WeightView& gain) const {
    const Eigen::ArrayXf scale =
        (x.rowwise().squaredNorm().array() / static_cast<float>(x.cols()) + static_cast<float>(config().rms_norm_eps))
            .rsqrt();
    return ((x.array().colwise() * scale).rowwise() * map(gain).row(0).array()).matrix();
  }

  void rotate(EigenMatrix& x) const {
    const Index half = config().head_dim / 2;
    const RotaryTable table(config().rope, config().head_dim, x.rows());
    for (Index i = 0; i < x.rows(); ++i) {
      for (Index head = 0; head < x.cols(); head += config().head_dim) {
        for (Index j = 0; j < half; ++j) {
          const float c = table.cosines().row(i)[j], s = table.sines().row(i)[j];
          const float a = x(i, head + j), b = x(i, head + half + j);
          x(i, head + j) = a * c - b * s;
          x(i, head + half + j) = b * c + a * s;
        }
      }
    }
  }

  void attend(const AttentionWeights& weights, const EigenMatrix& x, EigenMatrix& stream) const {
    EigenMatrix q = x * map(weights.q_proj).transpose(), k = x * map(weights.k_proj).transpose();
    const EigenMatrix v = x * map(weights.v_proj).transpose();
    rotate(q);
    rotate(k);
    const Index size = config().head_dim, rows = x.rows();
    EigenMatrix output(rows, q.cols());
    for (Index head = 0; head < config().num_attention_heads; ++head) {
      const Index kv = head / config().heads_per_group() * size;
      EigenMatrix scores =
          q.middleCols(head * size, size) * k.middleCols(kv, size).transpose() / std::sqrt(static_cast<float>(size));
      for (Index i = 0; i < rows; ++i) {
        auto seen = scores.row(i).head(i + 1).array();
        seen = (seen - seen.maxCoeff()).exp().eval();
        seen /= seen.sum();
        scores.row(i).tail(rows - i - 1).setZero();
      }
      output.middleCols(head * size, size).noalias() = scores * v.middleCols(kv, size);
    }
    stream.noalias() += output * map(weights.o_proj).transpose();
  }

  const Graph& graph_;
};

double mean_loss(const Graph& graph, std::span<const TokenId> tokens, Workspace& workspace) {
  const Matrix<float> stream = forward(ModelView(graph), tokens, {1, static_cast<Index>(tokens.size())}, workspace);
  std::vector<TokenId> labels(tokens.begin() + 1, tokens.end());
  labels.push_back(-1);
  std::vector<double> losses(labels.size());
  token_losses(graph, stream.view(), labels, losses, workspace);
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(labels.size() - 1);
}

void measure(const char* name, const ModelConfig& config, Index length) {
  RandomModel model(config);
  const Graph float32 = model.float32(), bfloat16 = model.bfloat16();
  const EigenModel eigen(float32);
  std::vector<TokenId> tokens;
  for (Index i = 0; i < length; ++i) tokens.push_back(static_cast<TokenId>(i * 7919 % config.vocab_size));
  ThreadArena one(1), all;
  Workspace workspace;
  double ours = 0, theirs = 0, narrow = 0;
  const auto [seconds, narrow_seconds, eigen_seconds] = benchmark::fastest(
      benchmark::processor_seconds, [&] { one.execute([&] { ours = mean_loss(float32, tokens, workspace); }); },
      [&] { one.execute([&] { narrow = mean_loss(bfloat16, tokens, workspace); }); },
      [&] { theirs = eigen.mean_loss(tokens); });
  const auto [serial, parallel] = benchmark::fastest(
      benchmark::wall_seconds, [&] { one.execute([&] { ours = mean_loss(float32, tokens, workspace); }); },
      [&] { all.execute([&] { ours = mean_loss(float32, tokens, workspace); }); });
  const auto rate = [&](double time) { return static_cast<double>(length) / time; };
  std::printf("%-22s %5td %9.0f %9.0f %9.0f %7.2f %9.2f %11.1e\n", name, length, rate(seconds), rate(narrow_seconds),
              rate(eigen_seconds), eigen_seconds / seconds, serial / parallel, std::abs(ours - theirs));
}

}  // namespace

int main() {
  std::printf("tokens per second, one thread\n%-22s %5s %9s %9s %9s %7s %9s %11s\n", "model", "", "float32", "bfloat16",
              "Eigen", "ratio", "speed-up", "loss differs");
  const ModelConfig small = config_of(192, 512, 12, 6, 2, 4096);    // like mixed-5.5M
  const ModelConfig medium = config_of(576, 1536, 8, 9, 3, 49152);  // like SmolLM2-135M, fewer layers
  for (const Index length : {256, 512}) {
    measure("hidden 192, 12 layers", small, length);
    measure("hidden 576, 8 layers", medium, length);
  }
}
