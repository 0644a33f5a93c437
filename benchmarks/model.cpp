// SPDX-License-Identifier: MIT
// Whole models: prefill, generation against what memory gives, evaluation of windows, and the memory that a prefill
// needs. Without a folder, on random models of the sizes that benchmarks/README.md compares with other programs.
//
//   benchmark_model                     random models
//   benchmark_model DIR                 prefill and generation of a checkpoint
//   benchmark_model DIR evaluation      128 windows of 512 tokens, too; for small models

#include <numeric>

#include "machine.hpp"
#include "memory.hpp"
#include "random_model.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/forward/forward.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

constexpr LlamaSizes llama_207m{1024, 2816, 12, 16, 8, 32000, false};
constexpr LlamaSizes llama_5_5m{192, 512, 12, 6, 2, 4096};

/// Tokens that another program can make as well: benchmarks/transformers_evaluation.py does.
std::vector<TokenId> some_tokens(Index count, Index vocabulary) {
  std::vector<TokenId> tokens;
  for (Index i = 0; i < count; ++i) tokens.push_back(static_cast<TokenId>(i * 7919 % vocabulary));
  return tokens;
}

SequenceBatch one_sequence(Index rows, Index first_position = 0) {
  SequenceBatch batch;
  batch.append(rows, first_position);
  return batch;
}

/// A model and what runs it.
class Runner {
 public:
  Runner(const Graph& graph, Compute compute) : view_(graph), workspace_(compute) {}

  /// Reads tokens behind those that the state has seen, and computes the logits of the last.
  void read(std::span<const TokenId> tokens, SequenceState& state) {
    const auto rows = static_cast<Index>(tokens.size());
    const Matrix<float> stream =
        forward(view_, tokens, one_sequence(rows, state.length()), workspace_, {}, std::span(&state, 1));
    logits_.resize(1, config().vocab_size);
    compute_logits(view_.graph(), stream.view().row_range(rows - 1, 1), logits_.view(), workspace_);
  }

  /// Mean loss over windows, so many of them at once that 4096 rows run together, as `multipruner eval` does.
  [[nodiscard]] double evaluate(Index windows, Index length) {
    const std::vector<TokenId> tokens = some_tokens(windows * length, config().vocab_size);
    const Index at_once = std::max<Index>(1, 4096 / length);
    double sum = 0;
    for (Index first = 0; first < windows; first += at_once) {
      const Index count = std::min(at_once, windows - first);
      const auto part =
          std::span(tokens).subspan(static_cast<std::size_t>(first * length), static_cast<std::size_t>(count * length));
      const Matrix<float> stream = forward(view_, part, {count, length}, workspace_);
      std::vector<TokenId> labels(part.begin() + 1, part.end());
      labels.push_back(-1);
      for (std::size_t i = 0; i < labels.size(); ++i) {
        if ((i + 1) % static_cast<std::size_t>(length) == 0) labels[i] = -1;
      }
      std::vector<double> losses(labels.size());
      token_losses(view_.graph(), stream.view(), labels, losses, workspace_);
      sum = std::accumulate(losses.begin(), losses.end(), sum);
    }
    return sum / static_cast<double>(windows * (length - 1));
  }

  [[nodiscard]] const ModelView& view() const { return view_; }
  [[nodiscard]] const ModelConfig& config() const { return view_.config(); }

 private:
  ModelView view_;
  Workspace workspace_;
  Matrix<float> logits_;
};

/// Bytes of the tensors as stored; with `read_per_token`, of those that every token reads: all but a table of
/// embeddings that is not the head, too.
double weight_bytes(const Graph& graph, bool read_per_token) {
  double bytes = 0;
  const bool tied = graph.embed_tokens().data == graph.lm_head().data;
  for_each_tensor(graph, [&](TensorRole role, Index, const WeightView& view) {
    if (role == TensorRole("embed_tokens") && (tied || read_per_token)) return;
    bytes += static_cast<double>(view.size() * size_of(view.dtype));
  });
  return bytes;
}

/// Bytes of the activations of a prefill, every one once: the stream, its norm, queries, keys, values and attention,
/// gate and up, the cache, and one row of logits.
double activation_bytes(const ModelConfig& config, Index tokens) {
  const AttentionSpec& attention = *config.blocks[{0}].as<Attention>();
  const GatedMlpSpec& mlp = *config.blocks[{1}].as<GatedMlp>();
  const Index key_width = attention.key_value_width();
  const Index a_token = 2 * config.hidden_size + 2 * attention.width() + 2 * key_width + 2 * mlp.intermediate_size +
                        2 * config.num_hidden_layers * key_width;
  return static_cast<double>(tokens * a_token + config.vocab_size) * sizeof(float);
}

/// What is measured, and how it is called.
struct Subject {
  std::string name;
  const Graph* graph;
  Compute compute;

  [[nodiscard]] std::string row(const std::string& what, int threads) const {
    return name + " " + compute_name(compute) + ": " + what + ", " + threads_name(threads);
  }
};

void measure_prefill(Report& report, const Subject& subject, Index length, int threads) {
  Runner runner(*subject.graph, subject.compute);
  const std::vector<TokenId> tokens = some_tokens(length, runner.config().vocab_size);
  ThreadArena arena(threads);
  const auto [seconds] = fastest(clock_for(threads), [&] {
    SequenceState state(runner.view(), length);
    arena.execute([&] { runner.read(tokens, state); });
  });
  report.add({.name = subject.row("prefill of " + std::to_string(length), threads),
              .ours = static_cast<double>(length) / seconds,
              .unit = "tokens/s"});
}

/// Reads a context and goes on from there, one token at a time.
void measure_generation(Report& report, Machine& machine, const Subject& subject, Index context, int threads) {
  constexpr Index steps = 32;
  const Index rounds = effort().rounds + 1;
  Runner runner(*subject.graph, subject.compute);
  const std::vector<TokenId> tokens = some_tokens(context, runner.config().vocab_size);
  ThreadArena arena(threads);
  double best = std::numeric_limits<double>::infinity();
  SequenceState state(runner.view(), context + rounds * steps);
  arena.execute([&] { runner.read(tokens, state); });
  for (Index round = 0; round < rounds; ++round) {
    const double start = clock_for(threads)();
    arena.execute([&] {
      for (Index step = 0; step < steps; ++step) runner.read(std::span(tokens).first(1), state);
    });
    best = std::min(best, (clock_for(threads)() - start) / steps);
  }
  const double read = weight_bytes(*subject.graph, true);
  report.add({.name = subject.row("generation at " + std::to_string(context), threads),
              .ours = 1 / best,
              .unit = "tokens/s",
              .of_peak = read / best / machine.bandwidth(threads)});
}

void measure_evaluation(Report& report, const Subject& subject, int threads) {
  const Index windows = report.quick() ? 8 : 128, length = 512;
  Runner runner(*subject.graph, subject.compute);
  ThreadArena arena(threads);
  double loss = 0;
  const auto [seconds] =
      fastest(clock_for(threads), [&] { loss = arena.execute([&] { return runner.evaluate(windows, length); }); });
  const std::string what = std::to_string(windows) + " x " + std::to_string(length);
  report.add({.name = subject.row("evaluation " + what, threads),
              .ours = static_cast<double>(windows * length) / seconds,
              .unit = "tokens/s"});
  report.add({.name = subject.row("its loss", threads), .ours = loss, .unit = "nats"});
}

void measure_memory(Report& report, const Subject& subject, Index length) {
  std::optional<double> added;
  {
    Runner runner(*subject.graph, subject.compute);  // touches mapped weights
    SequenceState state(runner.view(), 1);
    runner.read(some_tokens(1, runner.config().vocab_size), state);
  }
  const std::vector<TokenId> tokens = some_tokens(length, subject.graph->config().vocab_size);
  added = added_peak_memory([&] {
    Runner runner(*subject.graph, subject.compute);
    SequenceState state(runner.view(), length);
    runner.read(tokens, state);
  });
  if (!added) return;
  const double weights = weight_bytes(*subject.graph, false);
  const double least = weights + activation_bytes(subject.graph->config(), length);
  report.add({.name = subject.row("peak memory, prefill of " + std::to_string(length), report.threads()),
              .ours = (weights + *added) / 1e6,
              .unit = "MB",
              .competitor = Figure{"weights + activations", least / 1e6},
              .target = at_most(1.15)});
}

void measure_speed(Report& report, Machine& machine, const Subject& subject) {
  for (const int threads : report.thread_counts()) measure_prefill(report, subject, 512, threads);
  measure_prefill(report, subject, 2048, report.threads());
  for (const Index context : {32, 2048}) measure_generation(report, machine, subject, context, report.threads());
  measure_memory(report, subject, 512);
}

void measure_random_models(Report& report, Machine& machine) {
  report.section("Llama of 207 M parameters", "least");
  for (const Compute compute : compute_types) {
    const RandomModel model(llama_207m, stored_type(compute));
    measure_speed(report, machine, {"207M", &model.graph(), compute});
  }
  report.section("Llama of 5.5 M parameters");
  for (const Compute compute : compute_types) {
    const RandomModel model(llama_5_5m, stored_type(compute));
    for (const int threads : report.thread_counts()) {
      measure_evaluation(report, {"5.5M", &model.graph(), compute}, threads);
    }
  }
}

void measure_checkpoint(Report& report, Machine& machine, const std::filesystem::path& folder, bool evaluation) {
  const Graph graph = load<>(folder);
  const std::string name = std::filesystem::canonical(folder).filename().string();
  report.section("Checkpoint " + name, "least");
  for (const Compute compute : compute_types) {
    const Subject subject{name, &graph, compute};
    if (evaluation) {
      for (const int threads : report.thread_counts()) measure_evaluation(report, subject, threads);
    } else {
      measure_speed(report, machine, subject);
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  Machine machine(report);
  if (report.operands().empty()) {
    measure_random_models(report, machine);
  } else {
    const bool evaluation = report.operands().size() > 1 && report.operands()[1] == "evaluation";
    measure_checkpoint(report, machine, report.operands()[0], evaluation);
  }
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
