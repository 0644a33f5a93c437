// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/block_influence.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/pruner/pruner.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/derived_weights.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using Paper = Pruner<Perplexity, SequentialThreshold<Greedy>>;

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

std::vector<TokenId> random_tokens(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<TokenId> token(0, 159);
  std::vector<TokenId> tokens(count);
  for (TokenId& id : tokens) id = token(random);
  return tokens;
}

/// Different windows for blocks and for widths.
Calibration calibration_data() {
  return make_calibration(random_tokens(48, 1), random_tokens(36, 2), 160, {.length = 12});
}

/// Everything about a step that can be compared.
auto facts(const PruningStep& step) {
  std::vector<std::pair<Index, double>> candidates;
  for (const Candidate& c : step.search.candidates)
    candidates.emplace_back(c.edit.front().block.position, c.cost.value);
  const SearchStep& s = step.search;
  return std::tuple(step.stage, s.edit.front().block.position, s.edit.front().choice[0], s.cost, s.ratio, candidates);
}

bool same(const PruningResult& a, const PruningResult& b) {
  return a.plan == b.plan && a.plan.removed_blocks() == b.plan.removed_blocks() && a.outcome == b.outcome &&
         a.ratio == b.ratio && std::ranges::equal(a.steps, b.steps, {}, facts, facts);
}

/// The loss of a plan, measured without the evaluator.
double loss(const Graph& graph, const Plan& plan, const TokenWindows& windows) {
  return evaluate_perplexity(ModelView(graph, plan), windows).mean_nll;
}

/// A metric with a state that says how dear a removed MLP is; it needs no loss.
struct DearMlps {
  static constexpr std::string_view name = "dear MLPs";
  double price = 0;

  void window_costs(const ModelView&, MatrixView<const float>, const WindowRange&, std::span<double> costs,
                    Workspace&) const {
    std::ranges::fill(costs, 0.0);
  }
  [[nodiscard]] double combine(const ModelView& view, std::span<const double>) const {
    double cost = 0;
    for (const BlockId block : view.plan().removed_blocks()) cost += is_mlp(block) ? price : 1.0;
    return cost;
  }
  [[nodiscard]] double display(double cost) const { return cost; }
};

}  // namespace

TEST_CASE("every step takes what full forward passes find cheapest, blocks and widths on their own windows") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const PruningResult result = Paper({.ratio = 30, .split = {50, 30, 20}, .mlp_group = 16}).prune(graph, data);
  REQUIRE(result.steps.size() >= 4);
  CHECK(result.steps.front().stage == "blocks");
  CHECK(result.steps.back().stage == "attention heads");
  Plan plan(graph);
  for (const PruningStep& step : result.steps) {
    const TokenWindows& windows = step.stage == "blocks" ? data.at(block_samples) : data.at(width_samples);
    double least = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : step.search.candidates) {
      least = std::min(least, loss(graph, apply(candidate.edit, plan), windows));
    }
    CHECK(step.search.cost == least);
    plan = apply(step.search.edit, plan);
    CHECK(loss(graph, plan, windows) == least);
    CHECK(step.search.ratio == pruning_ratio(graph.config(), plan));
  }
  CHECK(result.plan == plan);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= 30);
}

TEST_CASE("a pruner gives the same result again, and from two threads at once") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const Paper pruner({.ratio = 25, .mlp_group = 8});
  const PruningResult expected = pruner.prune(graph, data);
  CHECK(same(pruner.prune(graph, data), expected));
  CHECK(pruner.plan(graph, data) == expected.plan);

  PruningResult first, second;
  std::thread one([&] { first = pruner.prune(graph, data); });
  std::thread two([&] { second = pruner.prune(graph, data); });
  one.join();
  two.join();
  CHECK(same(first, expected));
  CHECK(same(second, expected));
}

TEST_CASE("the observer sees every step, in order, as the result has it") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  std::vector<PruningStep> seen;
  const PruningResult result =
      Paper({.ratio = 25, .mlp_group = 8}).prune(graph, data, {.on_step = [&](const PruningStep& s) {
                                                   seen.push_back(s);
                                                 }});
  CHECK(result.steps.size() > 3);
  CHECK(std::ranges::equal(seen, result.steps, {}, facts, facts));
}

TEST_CASE("progress goes to the sink") {
  struct Sink final : ProgressSink {
    void begin(std::string_view, Index total_) override { total = total_; }
    void advance(Index done) override {
      CHECK(done <= total);
      last = done;
    }
    void end() noexcept override { ended = true; }
    Index total = 0, last = 0;
    bool ended = false;
  } sink;
  const Graph graph = model();
  static_cast<void>(Paper({.ratio = 20}).prune(graph, calibration_data(), {.progress = sink}));
  CHECK(sink.total > 0);
  CHECK(sink.last == sink.total);  // the target was reached
  CHECK(sink.ended);
}

TEST_CASE("the metric is the one that was given, with its state") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const auto first_is_mlp = [&](double price) {
    const Pruner<DearMlps, SequentialThreshold<Greedy>> pruner({.ratio = 2, .split = {1, 0, 0}}, {price});
    return is_mlp(pruner.prune(graph, data).steps.front().search.edit.front().block);
  };
  CHECK_FALSE(first_is_mlp(2.0));
  CHECK(first_is_mlp(0.5));
}

TEST_CASE("rows that run at once are a matter of memory, not of the result") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const SequentialThresholdOptions options{.ratio = 25, .mlp_group = 8};
  CHECK(same(Paper(options, {}, {.rows_per_pass = 1}).prune(graph, data), Paper(options).prune(graph, data)));
}

TEST_CASE("with a journal, work that was given up goes on to the same result") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  const Calibration data = calibration_data();
  const SequentialThresholdOptions options{.ratio = 30, .split = {30, 50, 20}, .mlp_group = 16};
  const Pruner<Perplexity, SequentialThreshold<Greedy>, LocalCompensation<StreamMatching>> pruner(options);
  const std::filesystem::path journal = directory / "run.journal";
  const PrunedModel whole = pruner.compress_in_turn(graph, data, 12);
  GivesUp progress(60);
  CHECK_THROWS_AS(pruner.compress_in_turn(graph, data, 12, {.progress = progress, .journal = journal}),
                  std::runtime_error);
  const auto size = std::filesystem::file_size(journal);
  const PrunedModel resumed = pruner.compress_in_turn(graph, data, 12, {.journal = journal});
  CHECK(std::filesystem::file_size(journal) > size);
  CHECK(same(resumed.result, whole.result));
  CHECK(fingerprint_of_weights(resumed.graph).value() == fingerprint_of_weights(whole.graph).value());

  // All is known now: whatever is asked for is not measured again.
  const auto end = std::filesystem::file_size(journal);
  CHECK(same(pruner.compress_in_turn(graph, data, 12, {.journal = journal}).result, whole.result));
  CHECK(std::filesystem::file_size(journal) == end);

  const Calibration other = make_calibration(random_tokens(48, 3), random_tokens(36, 4), 160, {.length = 12});
  expect_error<DataError>([&] { (void)pruner.compress(graph, other, {.journal = journal}); },
                          {"belongs to another run", "calibration text for blocks"});
  expect_error<DataError>(
      [&] { (void)Pruner<DearMlps, SequentialThreshold<Greedy>>(options).prune(graph, data, {.journal = journal}); },
      {"metric (there perplexity 1, here dear MLPs)"});
}

TEST_CASE("weights that are not finite are refused before anything is decided") {
  const Graph graph = model();
  std::vector<float> bad(64 * 64, 0.1f);
  bad.back() = std::numeric_limits<float>::infinity();
  Weights weights = graph.weights();
  weights[attention_of(3)][Attention::q_proj] = WeightView(bad.data(), 64, 64);
  const Graph broken(graph.config(), weights, graph.storage(), graph.origin());
  bool stepped = false;
  expect_error<DataError>(
      [&] {
        static_cast<void>(Paper({.ratio = 20}).prune(broken, calibration_data(), {.on_step = [&](const PruningStep&) {
                                                       stepped = true;
                                                     }}));
      },
      {"model.layers.3.self_attn.q_proj.weight", "NaN or infinity"});
  CHECK_FALSE(stepped);
}

TEST_CASE("calibration and options that do not fit the model are refused") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const auto refused = [&](const Calibration& given) {
    CHECK_THROWS_AS(Paper({.ratio = 20}).plan(graph, given), DataError);
  };
  refused({});
  refused({{"block", {4, {1, 2, 3, 160}}}, {"width", data.at(width_samples)}});
  refused({{"block", data.at(block_samples)}, {"width", {4, {1, 2, 3, -1}}}});
  refused({{"block", data.at(block_samples)}, {"width", {}}});
  refused({{"block", data.at(block_samples)}, {"widths", data.at(width_samples)}});
  CHECK_THROWS_AS(Paper({.ratio = 120}).plan(graph, data), OptionError);
  CHECK_THROWS_AS(Paper({.ratio = 20, .attention_group = 8}).plan(graph, data), OptionError);
}

TEST_CASE("a third class makes up for what the policy removes") {
  const Graph graph = model();
  const Calibration text = calibration_data();
  const SequentialThresholdOptions options{.ratio = 20, .split = {40, 60, 0}, .mlp_group = 16};
  const PruningResult expected = Paper(options).prune(graph, text);

  const PrunedModel plain = Paper(options).compress(graph, text);
  CHECK(same(plain.result, expected));
  CHECK(plain.solved.empty());
  CHECK(fingerprint_of_weights(plain.graph).value() ==
        fingerprint_of_weights(extract(ModelView(graph, expected.plan))).value());

  const Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching> matching{
      options, {}, {}, StreamMatching({.ridge = 0.3})};
  const PrunedModel compensated = matching.compress(graph, text);
  CHECK(same(compensated.result, expected));
  CHECK(Plan(compensated.graph) == expected.plan);
  const CompensatedModel directly =
      StreamMatching({.ridge = 0.3}).compensate(ModelView(graph), ModelView(graph, expected.plan), text.front());
  CHECK(fingerprint_of_weights(compensated.graph).value() == fingerprint_of_weights(directly.graph).value());
  CHECK(compensated.solved.size() == directly.weights.size());
}

namespace {

/// ShortGPT as a user would write it: drops the layers whose blocks change the stream least, and asks for no cost.
struct DropLayers {
  struct Options {
    std::size_t blocks = 2;
  };
  explicit DropLayers(Options given) : options(given) {}

  [[nodiscard]] PruningResult run(const RunContext& context) const {
    (void)context.statistics.gather(BlockInfluence::needs);  // asking twice costs nothing
    const ModelStatistics& statistics = context.statistics.gather(BlockInfluence::needs);
    PruningResult result{.plan = Plan(context.graph)};
    for (const auto& [block, score] : order_blocks(context.graph, BlockInfluence(statistics))) {
      if (result.steps.size() == options.blocks) break;
      result.plan.remove(block);
      result.ratio = pruning_ratio(context.graph.config(), result.plan);
      result.steps.push_back({"blocks", {Edit({block, Choice{}}), score, result.ratio, {}}});
    }
    return result;
  }

  Options options;
};

/// Makes another model, whose first MLP is twice itself, and says how good two plans of it are.
struct Doubling {
  struct Options {};
  explicit Doubling(Options) {}

  [[nodiscard]] PruningResult run(const RunContext& context) const {
    const Graph& given = context.graph;
    const auto storage = std::make_shared<DerivedWeights>(given.storage());
    Weights weights = given.weights();
    WeightView& down = weights[mlp_of(0)][GatedMlp::down_proj];
    WeightMatrix doubled = to_weight_matrix(down);
    for (Index i = 0; i < doubled.rows() * doubled.columns(); ++i) doubled.view().data[i] *= 2;
    down = store_weights(storage->copies, doubled.view(), down.dtype);
    Graph graph(given.config(), weights, storage, given.origin());
    const Plan dense(graph);
    Plan smaller = dense;
    smaller.remove(mlp_of(2));
    PruningResult result{.plan = smaller, .ratio = pruning_ratio(graph.config(), smaller)};
    result.front = {{dense, 1, 0}, {smaller, 2, result.ratio}};
    result.graph = std::move(graph);
    return result;
  }
};

}  // namespace

TEST_CASE("a policy that goes by statistics gets them from the context, and a dry run gathers none") {
  const Graph graph = model();
  const Calibration text = calibration_data();
  const PruningResult result = Pruner<Perplexity, DropLayers>({.blocks = 3}).prune(graph, text);
  Workspace workspace;
  const ModelStatistics statistics =
      gather_statistics(ModelView(graph), text.front(), BlockInfluence::needs, workspace);
  const std::vector<ScoredBlock> order = order_blocks(graph, BlockInfluence(statistics));
  REQUIRE(result.steps.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(result.steps[i].search.edit.front().block == order[i].block);
    CHECK(result.plan.removed(order[i].block));
  }
  const Forecast expected = forecast(DropLayers({.blocks = 3}), graph, text);
  CHECK(expected.steps == 3);
  CHECK(expected.work.plans == 0);
  CHECK(expected.ratio > 0);
  CHECK(expected.seconds > 0);  // of the pass that gathering takes
}

TEST_CASE("a policy may make another model, and more than one plan of it") {
  const Graph graph = model();
  const PrunedModel pruned = Pruner<Perplexity, Doubling>({}).compress(graph, calibration_data());
  REQUIRE(pruned.result.graph);
  CHECK(pruned.result.front.size() == 2);
  const Graph& made = graph_of(pruned.result, graph);
  CHECK(&made == &*pruned.result.graph);
  CHECK(fingerprint_of_weights(pruned.graph).value() ==
        fingerprint_of_weights(extract(ModelView(made, pruned.result.plan))).value());
  const double was = to_weight_matrix(graph.weights()[mlp_of(0)][GatedMlp::down_proj]).view().data[0];
  CHECK(to_weight_matrix(pruned.graph.weights()[mlp_of(0)][GatedMlp::down_proj]).view().data[0] == 2 * was);
}

TEST_CASE(
    "samples that there are not are refused before anything is measured, and a policy draws with the given seed") {
  const Graph graph = model();
  bool stepped = false;
  const SequentialThresholdOptions options{
      .ratio = 20, .stages = {{.removes = {{}}}, {.removes = {{"MLP channels", 16}}, .samples = "c5"}}};
  const auto run = [&] {
    return Paper(options).prune(graph, calibration_data(), {.on_step = [&](const PruningStep&) { stepped = true; }});
  };
  expect_error<DataError>([&] { (void)run(); }, {"c5", "block, width"});
  CHECK_FALSE(stepped);

  struct Seeded {
    struct Options {};
    explicit Seeded(Options) {}
    [[nodiscard]] PruningResult run(const RunContext& context) const {
      return {.plan = Plan(context.graph), .ratio = static_cast<double>(context.seed)};
    }
  };
  CHECK(Pruner<Perplexity, Seeded>({}, {}, {.seed = 7}).prune(graph, calibration_data()).ratio == 7);
  CHECK_THROWS_AS((Pruner<Perplexity, Doubling>({}).plan(graph, calibration_data())), OptionError);
}

TEST_CASE("a compensation that is not for a model is refused before anything is searched") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const StreamMatching with_bias({.bias = true});
  const SequentialThresholdOptions options{.ratio = 10};
  const auto never = [](const PruningStep&) { FAIL("a step was taken"); };
  const Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching> matching(options, {}, {}, with_bias);
  CHECK_THROWS_AS(matching.compress(graph, data, {.on_step = never}), OptionError);
  CHECK_THROWS_AS(matching.compress_in_turn(graph, data, 5, {.on_step = never}), OptionError);
  using Both = LocalCompensation<StreamMatching>;
  const Pruner<Perplexity, SequentialThreshold<Greedy>, Both> both(options, {}, {}, Both({}, with_bias));
  CHECK_THROWS_AS(both.compress(graph, data, {.on_step = never}), OptionError);
}

TEST_CASE("with local compensation, candidates are compared as they would be compensated") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const LocalCompensation<> local({.ridge = 0.02});
  const SequentialThresholdOptions options{.ratio = 30, .split = {20, 60, 20}, .mlp_group = 16};
  const Pruner<Perplexity, SequentialThreshold<Greedy>, LocalCompensation<>> pruner(options, {}, {}, local);
  const PrunedModel small = pruner.compress(graph, data);
  const auto outputs = local.outputs(graph, data.at(block_samples));
  Plan plan(graph);
  for (const PruningStep& step : small.result.steps) {
    const TokenWindows& windows = step.stage == "blocks" ? data.at(block_samples) : data.at(width_samples);
    double least = std::numeric_limits<double>::infinity();
    for (const Candidate& candidate : step.search.candidates) {
      const ModelView view(graph, apply(candidate.edit, plan), outputs.get());
      least = std::min(least, evaluate_perplexity(view, windows).mean_nll);
    }
    CHECK(step.search.cost == least);
    plan = apply(step.search.edit, plan);
  }
  CHECK(fingerprint_of_weights(small.graph).value() ==
        fingerprint_of_weights(extract({graph, plan, outputs.get()})).value());
}

TEST_CASE("in turn, each part of the search goes on from the compensated model of the one before") {
  const Graph graph = model();
  const Calibration data = calibration_data();
  const SequentialThresholdOptions options{.ratio = 30, .split = {30, 50, 20}, .mlp_group = 16};
  using Matching = Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching>;
  const Matching pruner(options);
  std::vector<PruningStep> seen;
  const PrunedModel small =
      pruner.compress_in_turn(graph, data, 12, {.on_step = [&](const PruningStep& step) { seen.push_back(step); }});
  CHECK(std::ranges::equal(seen, small.result.steps, {}, facts, facts));
  CHECK(small.result.ratio >= 30);
  CHECK(Plan(small.graph) == small.result.plan);

  // The same by hand: 12, 24 and 30 percent.
  const SequentialThreshold<Greedy> policy(options);
  std::optional<Graph> current;
  std::vector<PruningStep> steps;
  for (const double until : {12.0, 24.0, 30.0}) {
    const Graph start = current ? *current : graph;
    Evaluator evaluator({start, data});
    const PruningResult part = policy.until(until).run({start, evaluator});
    steps.insert(steps.end(), part.steps.begin(), part.steps.end());
    CHECK_FALSE(part.steps.empty());
    current.emplace(
        StreamMatching().compensate(ModelView(graph), ModelView(start, part.plan), data.at(block_samples)).graph);
  }
  CHECK(std::ranges::equal(steps, small.result.steps, {}, facts, facts));
  CHECK(fingerprint_of_weights(small.graph).value() == fingerprint_of_weights(*current).value());

  // One turn is what compress does; none is refused.
  CHECK(same(pruner.compress_in_turn(graph, data, 30).result, pruner.compress(graph, data).result));
  for (const double every : {0.0, -1.0, std::nan(""), 1e-9}) {
    CHECK_THROWS_AS(pruner.compress_in_turn(graph, data, every), OptionError);
  }
}
