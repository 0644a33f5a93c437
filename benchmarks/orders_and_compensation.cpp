// SPDX-License-Identifier: MIT
// What the orders of channels and the compensations are worth on a real model: all MLPs narrowed alike, nothing
// searched, and the loss that this adds on several texts. Prints a Markdown table as it goes.
//
//   benchmark_orders_and_compensation MODEL WINDOWS FIT[,FIT...] TEXT...
//
// Orders and compensations are made from WINDOWS windows of 512 tokens of each FIT; losses are means over the first 8
// windows of each TEXT, and of the first FIT. Products are in bfloat16.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "report.hpp"
#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

namespace {

constexpr simd::Compute compute = simd::Compute::bfloat16;
constexpr Index window_length = 512;
constexpr Index windows_measured = 8;

/// A text by which models are compared, with the loss of the whole model.
struct Judge {
  TokenWindows windows;
  double dense_loss;
};

double loss_on(const TokenWindows& windows, const ModelView& view) {
  return evaluate_perplexity(view, windows, silent_progress(), {.compute = compute}).mean_nll;
}

/// All that the rows of the table share.
class Comparison {
 public:
  Comparison(Graph dense, TokenWindows fit, std::vector<Judge> judges)
      : dense_(std::move(dense)), fit_(std::move(fit)), judges_(std::move(judges)), statistics_(gather(dense_, fit_)) {}

  /// The rows of an order, without compensation.
  template <class Metric>
  void compare_order() const {
    compare<Metric>([](const ModelView&) {});
  }

  /// The rows of an order, without and with every compensation.
  template <class Metric>
  void compare_compensations() const {
    compare<Metric>([&](const ModelView& pruned) {
      show_compensated(Metric::name, LocalCompensation<>({.compute = compute}), pruned);
      show_compensated(Metric::name, StreamMatching({.compute = compute}), pruned);
    });
  }

 private:
  /// What all orders need.
  static ModelStatistics gather(const Graph& dense, const TokenWindows& fit) {
    Workspace workspace(compute);
    constexpr StatisticsNeeds needs = Wanda::needs | OutputNorm::needs | Obs::needs;
    return gather_statistics(ModelView(dense), fit, needs, workspace, {.origin = StatisticsOrigin{}});
  }

  template <class Metric>
  [[nodiscard]] Metric make() const {
    if constexpr (std::is_constructible_v<Metric, const ModelStatistics&>) {
      return Metric(statistics_);
    } else {
      return Metric();
    }
  }

  template <class Metric, class ShowMore>
  void compare(ShowMore&& show_more) const {
    const Graph graph = reorder(dense_, order_units(dense_, make<Metric>()));
    for (const double percent : {10, 20, 30}) {
      const Plan plan = narrow(graph.config(), percent);
      const ModelView pruned(graph, plan);
      show(Metric::name, "nothing", pruned);
      show_more(pruned);
    }
  }

  /// Takes so much of all parameters away, the same share of the channels of every MLP.
  static Plan narrow(const ModelConfig& config, double percent) {
    double a_channel = 0;
    for (const BlockSpec& block : config.blocks) {
      const auto* mlp = block.as<GatedMlp>();
      if (mlp == nullptr) continue;
      const Index channels = mlp->intermediate_size;
      a_channel += static_cast<double>(block.count_parameters({{channels}}) - block.count_parameters({{channels - 1}}));
    }
    const auto gone = static_cast<double>(count_parameters(config)) * percent / 100 / a_channel;
    Plan plan(config);
    for (Index position = 0; position < config.num_blocks(); ++position) {
      const BlockId block{position};
      if (!config.blocks[block].is<GatedMlp>()) continue;
      plan.set_width(block, plan.width(block) - static_cast<Index>(std::lround(gone)));
    }
    return plan;
  }

  void show_compensated(std::string_view order, const Compensator auto& compensator, const ModelView& pruned) const {
    const CompensatedModel model = compensator.compensate(ModelView(dense_), pruned, fit_);
    show(order, compensator.name, ModelView(model.graph));
  }

  void show(std::string_view order, std::string_view compensation, const ModelView& view) const {
    const double removed = pruning_ratio(dense_.config(), view.plan());
    std::printf("| `%s` | %s | %.1f %% |", std::string(order).c_str(), std::string(compensation).c_str(), removed);
    for (const Judge& judge : judges_) std::printf(" %.3f |", loss_on(judge.windows, view) - judge.dense_loss);
    std::printf("\n");
    std::fflush(stdout);
  }

  Graph dense_;
  TokenWindows fit_;
  std::vector<Judge> judges_;
  ModelStatistics statistics_;
};

TokenWindows windows_of(const std::filesystem::path& text, const Tokenizer& tokenizer, const Graph& graph,
                        Index most_windows) {
  return cut_windows(tokenizer.encode(read_text_dataset(text).text()), graph.config().vocab_size,
                     {.length = window_length, .max_windows = most_windows});
}

std::vector<std::string> split_at_commas(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = list.find(',', begin);
    parts.push_back(list.substr(begin, end - begin));
  }
  return parts;
}

/// The first windows of several texts, one text after the other.
TokenWindows windows_of_all(const std::vector<std::string>& texts, const Tokenizer& tokenizer, const Graph& graph,
                            Index of_each) {
  TokenWindows all;
  for (const std::string& text : texts) all.append(windows_of(text, tokenizer, graph, of_each));
  return all;
}

void print_head(const std::vector<std::string>& texts, const std::vector<Judge>& judges) {
  std::printf("| order | compensation | removed |");
  for (const std::string& text : texts) std::printf(" %s |", std::filesystem::path(text).filename().c_str());
  std::printf("\n|---|---|---:|");
  for (std::size_t i = 0; i < texts.size(); ++i) std::printf("---:|");
  std::printf("\n| | whole model, its loss | 0 %% |");
  for (const Judge& judge : judges) std::printf(" %.3f |", judge.dense_loss);
  std::printf("\n");
}

void compare_all(int argc, char** argv) {
  const Graph graph = load<>(argv[1]);
  const auto tokenizer = load_tokenizer(argv[1]);
  const std::vector<std::string> fits = split_at_commas(argv[3]);
  std::vector<std::string> texts{fits.front()};
  texts.insert(texts.end(), argv + 4, argv + argc);
  std::vector<Judge> judges;
  for (const std::string& text : texts) {
    const TokenWindows windows = windows_of(text, *tokenizer, graph, windows_measured);
    judges.push_back({windows, loss_on(windows, ModelView(graph))});
  }
  print_head(texts, judges);
  const Comparison comparison(graph, windows_of_all(fits, *tokenizer, graph, std::atol(argv[2])), judges);
  comparison.compare_compensations<L1>();
  comparison.compare_compensations<OutputNorm>();
  comparison.compare_compensations<Obs>();
  comparison.compare_order<L2>();
  comparison.compare_order<Wanda>();
  comparison.compare_order<WandaOutput>();
  comparison.compare_order<Flap>();
  comparison.compare_order<Random>();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::fputs("usage: benchmark_orders_and_compensation MODEL WINDOWS FIT[,FIT...] TEXT...\n", stderr);
    return 2;
  }
  compare_all(argc, argv);
} catch (const Error& error) {
  return benchmark::report_failure(error);
}
