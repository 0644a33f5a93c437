// SPDX-License-Identifier: MIT
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/search/evaluator.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Llama>(test::source_path("tests/data/arch/llama-gqa"));
}

Calibration random_calibration(const Graph& graph, Index windows, Index length) {
  std::mt19937 random(7);
  std::uniform_int_distribution<TokenId> token(0, static_cast<TokenId>(graph.config().vocab_size) - 1);
  std::vector<TokenId> ids(static_cast<std::size_t>(windows * length));
  for (TokenId& id : ids) id = token(random);
  return make_calibration(ids, graph.config().vocab_size, {.length = length});
}

/// Plans that removals and narrowings at random places make; some of them equal.
std::vector<Plan> random_plans(const Graph& graph, std::size_t count) {
  std::mt19937 random(11);
  std::vector<Plan> plans;
  while (plans.size() < count) {
    Plan plan(graph);
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      const BlockId block{position};
      const Index unit = is_mlp(block) ? 16 : graph.unit_width(block);
      const auto draw = random() % 4;
      if (draw == 0) plan.remove(block);
      if (draw == 1) plan.set_width(block, plan.width(block) - unit);
    }
    plans.push_back(plan);
  }
  plans.push_back(plans.front());
  return plans;
}

}  // namespace

TEST_CASE("costs are those of one full forward pass per plan, bit for bit") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 5, 12);
  const std::vector<Plan> plans = random_plans(graph, 20);
  std::vector<PlanCost> expected;
  for (const Plan& plan : plans) {
    expected.push_back({evaluate_perplexity(ModelView(graph, plan), calibration.at(block_samples)).mean_nll});
  }

  SECTION("whatever the number of threads and the windows per pass") {
    const int threads = GENERATE(1, 2, 3, 4);
    const Index rows_per_pass = GENERATE(1, 24, 4096);
    ThreadArena arena(threads);
    arena.execute([&] {
      Evaluator evaluator({graph, calibration, {}, {.rows_per_pass = rows_per_pass}});
      CHECK(evaluator.costs(plans, {.samples = block_samples}) == expected);
    });
  }
  SECTION("whatever is shared and kept, and how much memory there is") {
    const Index stream = 24 * graph.config().hidden_size * static_cast<Index>(sizeof(float));
    const Index streams = GENERATE(0, 1, 5, 6, 17, 1000);
    const bool share = GENERATE(false, true), reuse = GENERATE(false, true);
    CAPTURE(streams, share, reuse);
    Evaluator evaluator(
        {graph,
         calibration,
         {},
         {.rows_per_pass = 24, .stream_bytes = streams * stream, .share_prefixes = share, .reuse = reuse}});
    for (std::size_t first = 0; first < plans.size(); first += 4) {
      const auto count = std::min<std::size_t>(4, plans.size() - first);
      const auto costs = evaluator.costs(std::span(plans).subspan(first, count), {.samples = block_samples});
      CHECK(std::ranges::equal(costs, std::span(expected).subspan(first, count)));
    }
    const EvaluatorStatistics& statistics = evaluator.statistics();
    Index blocks = 0;
    for (const Plan& plan : plans) blocks += plan.num_blocks() - static_cast<Index>(plan.removed_blocks().size());
    CHECK(statistics.blocks_asked_for() == 5 * blocks);
    CHECK((share || statistics.blocks_saved_by_sharing == 0));
    CHECK((reuse || statistics.blocks_saved_by_reuse == 0));
    CHECK(statistics.most_stream_bytes <= streams * stream);
  }
  SECTION("whatever the order and the batches of the plans") {
    Evaluator evaluator({graph, calibration});
    std::vector<std::size_t> order(plans.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937(3));
    for (std::size_t first = 0; first < order.size(); first += 6) {
      std::vector<Plan> batch;
      std::vector<PlanCost> batch_expected;
      for (std::size_t i = first; i < std::min(order.size(), first + 6); ++i) {
        batch.push_back(plans[order[i]]);
        batch_expected.push_back(expected[order[i]]);
      }
      CHECK(evaluator.costs(batch, {.samples = block_samples}) == batch_expected);
    }
  }
}

TEST_CASE("random models, plans and options: the costs of full passes, and the winner of full measurement") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(range(0, 12)));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto draw = [&](Index least, Index most) { return least + static_cast<Index>(random() % (most - least + 1)); };
  const Index head_dim = 2 * draw(1, 4), kv_heads = draw(1, 3), heads = kv_heads * draw(1, 3);
  const nlohmann::json config{{"model_type", "llama"},
                              {"hidden_size", draw(3, 40)},
                              {"intermediate_size", draw(17, 60)},
                              {"num_hidden_layers", draw(1, 6)},
                              {"num_attention_heads", heads},
                              {"num_key_value_heads", kv_heads},
                              {"head_dim", head_dim},
                              {"vocab_size", 50},
                              {"rms_norm_eps", 1e-5},
                              {"tie_word_embeddings", random() % 2 == 0}};
  const test::TemporaryDirectory directory;
  test::RandomCheckpoint::make<Llama>(config).write(directory.path());
  const Graph graph = load<Llama>(directory.path(), {.release_memory = random() % 2 == 0});
  const Calibration calibration = random_calibration(graph, draw(1, 9), draw(2, 9));
  const std::vector<Plan> plans = random_plans(graph, static_cast<std::size_t>(draw(2, 30)));
  std::vector<PlanCost> expected;
  for (const Plan& plan : plans) {
    expected.push_back({evaluate_perplexity(ModelView(graph, plan), calibration.at(block_samples)).mean_nll});
  }
  const auto least = [](std::span<const PlanCost> costs) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < costs.size(); ++i) {
      if (costs[i].exact && costs[i].value < costs[best].value) best = i;
    }
    return best;
  };
  for (int repetition = 0; repetition < 4; ++repetition) {
    const EvaluatorOptions options{.rows_per_pass = draw(1, 40),
                                   .stream_bytes = draw(0, 30) * 1000,
                                   .share_prefixes = random() % 4 != 0,
                                   .reuse = random() % 4 != 0,
                                   .early_stop = random() % 4 != 0};
    ThreadArena arena(static_cast<int>(draw(1, 4)));
    arena.execute([&] {
      Evaluator evaluator({graph, calibration, {}, options});
      for (std::size_t first = 0; first < plans.size();) {
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(draw(1, 12)), plans.size() - first);
        const auto batch = std::span(plans).subspan(first, count);
        const auto right = std::span(expected).subspan(first, count);
        if (random() % 2 == 0) {
          CHECK(std::ranges::equal(evaluator.costs(batch, {}), right));
        } else {
          const std::vector<PlanCost> costs = evaluator.costs(batch, {.only_cheapest = true});
          const std::size_t winner = least(costs);
          REQUIRE(winner == least(right));
          CHECK(costs[winner] == right[winner]);
        }
        first += count;
      }
    });
  }
}

TEST_CASE("candidates of a step share what comes before the block they change") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 3, 8);
  const Plan dense(graph);
  std::vector<Plan> candidates;
  for (Index position = 0; position < dense.num_blocks(); ++position) {
    candidates.push_back(dense);
    candidates.back().remove({position});
  }
  Evaluator evaluator({graph, calibration});
  Index last_done = 0;
  const auto progress = [&](const BatchState& batch) {
    CHECK(batch.done >= last_done);
    CHECK(batch.total == 8 * 3);
    last_done = batch.done;
    CHECK(batch.plans == 8);
    CHECK(std::isfinite(batch.best) == (batch.plans_done > 0));
  };
  const auto costs = evaluator.costs(candidates, {.samples = width_samples, .on_batch = progress});
  CHECK(costs.size() == 8);
  CHECK(last_done == 8 * 3);
  // Of n blocks the trunk runs n − 1 and the candidate that lacks block b the n − 1 − b behind it: once a window.
  const Index n = dense.num_blocks();
  const Index one_pass_each = n * (n - 1);
  const Index shared = (n - 1) + (n - 2) * (n - 1) / 2;
  const EvaluatorStatistics& statistics = evaluator.statistics();
  CHECK(statistics.plans == n);
  CHECK(statistics.blocks_run + statistics.blocks_saved_by_sharing == 3 * one_pass_each);
  CHECK(statistics.blocks_run <= 3 * (shared + n));
}

TEST_CASE("the cheapest plan is found without measuring all of them to the end") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 7, 12);
  std::vector<Plan> plans = random_plans(graph, 20);
  plans.push_back(Plan(graph));
  std::shuffle(plans.begin(), plans.end(), std::mt19937(GENERATE(1u, 2u, 3u)));
  std::vector<double> exact;
  for (const Plan& plan : plans)
    exact.push_back(evaluate_perplexity(ModelView(graph, plan), calibration.at(block_samples)).mean_nll);
  const auto winner = std::ranges::min_element(exact) - exact.begin();

  const Index rows_per_pass = GENERATE(1, 24, 4096);
  Evaluator evaluator({graph, calibration, {}, {.rows_per_pass = rows_per_pass}});
  for (int round = 0; round < 2; ++round) {  // the second time other parts of the windows come first
    const std::vector<PlanCost> costs = evaluator.costs(plans, {.only_cheapest = true});
    double least = std::numeric_limits<double>::infinity();
    std::ptrdiff_t cheapest = -1;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      if (costs[i].exact) CHECK(costs[i].value == exact[i]);
      if (!costs[i].exact)
        CHECK((costs[i].value <= exact[i] && costs[i].value > exact[static_cast<std::size_t>(winner)]));
      if (costs[i].exact && costs[i].value < least) {
        least = costs[i].value;
        cheapest = static_cast<std::ptrdiff_t>(i);
      }
    }
    CHECK(cheapest == winner);
  }
}

TEST_CASE("with a confidence, most plans are dropped early, and the cheapest is found about so often") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 64, 12);
  const std::vector<Plan> plans = random_plans(graph, 20);
  // The losses of a model with random weights hardly differ: whoever lacks more blocks pays more.
  struct Spread : Perplexity {
    void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                      std::span<double> costs, Workspace& workspace) const {
      Perplexity::window_costs(view, stream, windows, costs, workspace);
      for (double& cost : costs) cost += 0.2 * static_cast<double>(view.plan().removed_blocks().size());
    }
  };
  Evaluator in_full({graph, calibration, {}, {.early_stop = false}});
  std::vector<double> exact;
  for (const PlanCost& cost : in_full.costs(plans, {})) exact.push_back(cost.value);
  const double least = *std::ranges::min_element(exact);
  int misses = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Evaluator evaluator({graph, calibration, {}, {.rows_per_pass = 4 * 12, .confidence = 0.95, .seed = seed}});
    const std::vector<PlanCost> costs = evaluator.costs(plans, {.only_cheapest = true});
    double found = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < costs.size(); ++i) {
      if (costs[i].exact) CHECK(costs[i].value == exact[i]);
      if (!costs[i].exact) CHECK(costs[i].value <= exact[i]);
      if (costs[i].exact) found = std::min(found, costs[i].value);
    }
    misses += found == least ? 0 : 1;
    CHECK(evaluator.statistics().blocks_saved_by_early_stop > 0);
  }
  CHECK(misses <= 3);  // of one expected at the most
  for (const double wrong : {0.2, 1.0, -1.0, static_cast<double>(NAN)}) {
    CHECK_THROWS_AS(Evaluator({graph, calibration, {}, {.confidence = wrong}}), OptionError);
  }
}

TEST_CASE("plans whose loss is not finite do not stop the others") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 4, 12);
  const std::vector<Plan> plans = random_plans(graph, 6);
  struct Broken : Perplexity {
    Plan broken;
    void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                      std::span<double> costs, Workspace& workspace) const {
      Perplexity::window_costs(view, stream, windows, costs, workspace);
      if (view.plan() == broken) std::ranges::fill(costs, std::numeric_limits<double>::quiet_NaN());
    }
  };
  Broken metric;
  metric.broken = plans[2];
  Evaluator evaluator({graph, calibration, metric, {.rows_per_pass = 12}});
  const std::vector<PlanCost> costs = evaluator.costs(plans, {.only_cheapest = true});
  CHECK(std::isnan(costs[2].value));
  CHECK(std::ranges::any_of(costs, [](const PlanCost& cost) { return cost.exact && std::isfinite(cost.value); }));
}

TEST_CASE("after a step only the blocks behind the change run again") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 3, 8);
  Plan base(graph);
  const auto candidates = [&] {
    std::vector<Plan> plans;
    for (Index position = 0; position < base.num_blocks(); ++position) {
      if (base.removed({position})) continue;
      plans.push_back(base);
      plans.back().remove({position});
    }
    return plans;
  };
  Evaluator evaluator({graph, calibration, {}, {.stream_bytes = Index{1} << 30}});
  (void)evaluator.costs(candidates(), {});
  const Index before = evaluator.statistics().blocks_run;
  const Index n = base.num_blocks(), last = n - 1;
  base.remove({last});
  (void)evaluator.costs(candidates(), {});
  CHECK(evaluator.statistics().blocks_run == before);  // all streams in front of the last block were there
  base = Plan(graph);
  base.remove({2});
  (void)evaluator.costs(candidates(), {});
  // Without block 2: the candidates 0 and 1 run what is behind it, and so does the one that lacks 3, and so on.
  CHECK(evaluator.statistics().blocks_run - before <= 3 * (2 * (n - 3) + (n - 3) * (n - 4) / 2 + (n - 3)));
}

TEST_CASE("blocks and widths are measured on their own windows") {
  const Graph graph = model();
  const Calibration one = random_calibration(graph, 6, 8);
  const TokenWindows& all = one.front();
  const Calibration two{{"block", all.select(std::vector<Index>{0, 1, 2})},
                        {"width", all.select(std::vector<Index>{3, 4, 5})}};
  Evaluator evaluator({graph, two});
  const std::vector<Plan> plans{Plan(graph)};
  const double block = evaluator.costs(plans, {.samples = block_samples}).front().value;
  const double width = evaluator.costs(plans, {.samples = width_samples}).front().value;
  CHECK(block == evaluate_perplexity(ModelView(graph), two.at(block_samples)).mean_nll);
  CHECK(width == evaluate_perplexity(ModelView(graph), two.at(width_samples)).mean_nll);
  CHECK(block != width);
}

TEST_CASE("windows of several texts count as their weights say") {
  const Graph graph = model();
  const TokenWindows one = random_calibration(graph, 2, 12).front(), other = random_calibration(graph, 3, 9).front();
  const auto costs_on = [&](const TokenWindows& windows) {
    const Calibration calibration{{"block", windows}};
    return Evaluator({.graph = graph, .calibration = calibration}).costs(random_plans(graph, 4), {});
  };
  TokenWindows mixed = one.weighted(1.0 / 2);
  mixed.append(other.weighted(3.0 / 3));
  const auto of_one = costs_on(one), of_other = costs_on(other), of_both = costs_on(mixed);
  for (std::size_t i = 0; i < of_both.size(); ++i) {
    CHECK(of_both[i].exact);
    CHECK(of_both[i].value == Approx((of_one[i].value + 3 * of_other[i].value) / 4).epsilon(1e-12));
  }
}

TEST_CASE("windows of different lengths, of which only some tokens count, cost what they cost alone") {
  const Graph graph = model();
  std::mt19937 random(5);
  std::vector<TokenId> tokens(60);
  for (TokenId& id : tokens) id = static_cast<TokenId>(random() % 160);
  std::vector<bool> counts(tokens.size());
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = random() % 3 != 0;
  counts[1] = counts[9] = counts[17] = counts[30] = counts[42] = counts[59] = true;
  const TokenWindows windows(tokens, {0, 8, 12, 29, 31, 45, 60}, counts);
  const Calibration calibration{{"questions", windows}};
  const std::vector<Plan> plans = random_plans(graph, 8);
  std::vector<PlanCost> expected;
  for (const Plan& plan : plans) {
    double sum = 0;
    for (Index i = 0; i < windows.count(); ++i) {
      const TokenWindows alone = windows.select(std::vector<Index>{i});
      const double loss = evaluate_perplexity(ModelView(graph, plan), alone).mean_nll;
      CHECK(std::isfinite(loss));
      sum += loss;
    }
    expected.push_back({sum / static_cast<double>(windows.count())});
  }
  const Index rows_per_pass = GENERATE(1, 20, 31, 4096);
  Evaluator evaluator({graph, calibration, {}, {.rows_per_pass = rows_per_pass}});
  CHECK(evaluator.costs(plans, {}) == expected);
  CHECK(evaluator.costs(plans, {.samples = "questions"}) == expected);
  Evaluator drawn({graph, calibration, {}, {.rows_per_pass = rows_per_pass, .confidence = 0.9}});
  CHECK(drawn.costs(plans, {}) == expected);
}

TEST_CASE("where plans are compared by a score, the one of the lowest score is measured to the end") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 24, 12);
  const std::vector<Plan> plans = random_plans(graph, 20);
  Evaluator in_full({graph, calibration, {}, {.early_stop = false}});
  const std::vector<PlanCost> exact = in_full.costs(plans, {});
  // The more a plan keeps, the better: the order is another one than that of costs.
  const auto score = [](double cost, const Plan& plan) {
    return 2 * cost + 0.5 * static_cast<double>(plan.removed_blocks().size());
  };
  std::vector<double> scores;
  for (std::size_t i = 0; i < plans.size(); ++i) scores.push_back(score(exact[i].value, plans[i]));
  const auto winner = static_cast<std::size_t>(std::ranges::min_element(scores) - scores.begin());
  const auto cheapest = static_cast<std::size_t>(std::ranges::min_element(exact, {}, &PlanCost::value) - exact.begin());
  REQUIRE(winner != cheapest);

  const auto confidence = GENERATE(std::optional<double>(), std::optional<double>(0.999));
  Evaluator evaluator({graph, calibration, {}, {.rows_per_pass = 24, .confidence = confidence}});
  double shown = 0;
  const std::vector<PlanCost> costs = evaluator.costs(
      plans, {.only_cheapest = true, .score = score, .on_batch = [&](const BatchState& b) { shown = b.best; }});
  CHECK(costs[winner] == exact[winner]);
  CHECK(shown == exact[winner].value);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (costs[i].exact) CHECK(costs[i] == exact[i]);
    if (!costs[i].exact) CHECK(costs[i].value <= exact[i].value);
    if (!costs[i].exact && !confidence) CHECK(score(costs[i].value, plans[i]) > scores[winner]);
  }
}

TEST_CASE("costs are remembered by the windows and by where narrowed blocks come from") {
  struct Keys final : CostMemory {
    [[nodiscard]] bool find(const CostKey& key, std::span<double>) const override {
      seen.insert({std::string(key.samples), key.source});
      return false;
    }
    void add(const CostKey&, std::span<const double>) override {}

    mutable std::set<std::pair<std::string, std::uint64_t>> seen;
  };
  struct Own final : BlockSource {
    Own(const Graph& of, std::string name) : graph(of), given(std::move(name)) {}
    [[nodiscard]] BlockView block(BlockId block, const Choice& choice) const override {
      return narrowed(graph, block, choice);
    }
    [[nodiscard]] std::string identity() const override { return given; }

    const Graph& graph;
    std::string given;
  };
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 2, 8);
  const std::vector<Plan> plans{Plan(graph)};
  Keys keys;
  const Own one(graph, "ridge 1"), two(graph, "ridge 2");
  for (const BlockSource* source : {static_cast<const BlockSource*>(nullptr), static_cast<const BlockSource*>(&one),
                                    static_cast<const BlockSource*>(&two)}) {
    Evaluator evaluator({.graph = graph, .calibration = calibration, .memory = &keys, .outputs = source});
    (void)evaluator.costs(plans, {});
    (void)evaluator.costs(plans, {.samples = width_samples});
  }
  CHECK(keys.seen.size() == 6);
  CHECK(keys.seen.contains({"block", 0}));
  CHECK(keys.seen.contains({"width", 0}));
}

TEST_CASE("a plan that does not work stays out of it, whatever a score makes of its cost") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 20, 12);
  const std::vector<Plan> plans = random_plans(graph, 6);
  struct Broken : Perplexity {
    Plan broken;
    double cost = 0;
    void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                      std::span<double> costs, Workspace& workspace) const {
      Perplexity::window_costs(view, stream, windows, costs, workspace);
      if (view.plan() == broken) std::ranges::fill(costs, cost);
    }
  };
  Broken metric;
  metric.broken = plans[2];
  metric.cost = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  const auto confidence = GENERATE(std::optional<double>(), std::optional<double>(0.9));
  const auto score = [](double cost, const Plan&) { return std::isfinite(cost) ? cost : 0.0; };
  Evaluator evaluator({graph, calibration, metric, {.rows_per_pass = 12, .confidence = confidence}});
  const std::vector<PlanCost> costs = evaluator.costs(plans, {.only_cheapest = true, .score = score});
  CHECK(std::ranges::any_of(costs, [](const PlanCost& cost) { return cost.exact && std::isfinite(cost.value); }));
}

TEST_CASE("a window in which nothing is to be predicted is named") {
  const Graph graph = model();
  const Calibration calibration{{"text", TokenWindows({1, 2, 3, 4, 5}, {0, 3, 5}, {true, true, true, true, false})}};
  const std::vector<Plan> plans{Plan(graph)};
  Evaluator evaluator({graph, calibration});
  CHECK_THROWS_WITH(evaluator.costs(plans, {}), Catch::Contains("window 1") && Catch::Contains("no next token"));
}

TEST_CASE("windows that are missing, and tokens that the model does not know, are refused") {
  const Graph graph = model();
  const std::vector<Plan> plans{Plan(graph)};
  const Calibration nothing, stray{{"block", {2, {1, 160}}}, {"width", {2, {1, -1}}}};
  Evaluator without({graph, nothing}), wrong({graph, stray});
  const std::string_view samples = GENERATE(as<std::string_view>{}, block_samples, width_samples, "elsewhere");
  CHECK_THROWS_AS(without.costs(plans, {.samples = samples}), DataError);
  CHECK_THROWS_AS(wrong.costs(plans, {.samples = samples}), DataError);
}

TEST_CASE("no plans have no costs") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 1, 8);
  Evaluator evaluator({graph, calibration});
  CHECK(evaluator.costs({}, {}).empty());
}

namespace {

/// Costs below 0, as of a likelihood that is to be large; only a window's own cost is known of those not measured.
struct NegativeCost {
  static constexpr std::string_view name = "negative";
  static constexpr double least = -10;  ///< of a window

  void window_costs(const ModelView& view, MatrixView<const float>, const WindowRange& windows, std::span<double> costs,
                    Workspace&) const {
    // The plan that removes nothing costs a little less than the least, by less than the bound's allowance.
    const bool dense = view.plan().removed_blocks().empty();
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = dense ? least : least * (1 - 1e-10);
    static_cast<void>(windows);
  }
  [[nodiscard]] double combine(const ModelView&, std::span<const double> costs) const {
    double sum = 0;
    for (const double cost : costs) sum += cost;
    return sum / static_cast<double>(costs.size());
  }
  [[nodiscard]] double lower_bound(const ModelView&, std::span<const double> costs, Index windows) const {
    double sum = static_cast<double>(windows - static_cast<Index>(costs.size())) * least;
    for (const double cost : costs) sum += cost;
    return sum / static_cast<double>(windows);
  }
  [[nodiscard]] double display(double cost) const { return cost; }
};

}  // namespace

TEST_CASE(
    "with costs below 0, a bound is not above the cost, and early stop finds the plan that full measurement finds") {
  const Graph graph = model();
  const Calibration calibration = random_calibration(graph, 6, 8);
  std::vector<Plan> plans(2, Plan(graph));
  plans[0].remove(mlp_of(0));
  for (int order = 0; order < 2; ++order, std::swap(plans[0], plans[1])) {
    Evaluator whole({graph, calibration, {}, {.rows_per_pass = 8, .early_stop = false}});
    Evaluator early({graph, calibration, {}, {.rows_per_pass = 8}});
    const CostRequest request{.only_cheapest = true};
    const auto expected = whole.costs(plans, request), found = early.costs(plans, request);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      CAPTURE(i, order);
      if (found[i].exact) {
        CHECK(found[i].value == expected[i].value);
      } else {
        CHECK(found[i].value <= expected[i].value);
      }
    }
    const std::size_t cheapest = expected[0].value < expected[1].value ? 0 : 1;
    CHECK(found[cheapest].exact);
  }
}
