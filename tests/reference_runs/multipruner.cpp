// SPDX-License-Identifier: MIT
// Runs of the released MultiPruner code (PyTorch) on small models, with every candidate's score, against ours.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/reference_data.hpp>

#include <multipruner/io/json_file.hpp>
#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;
using namespace multipruner::test;
using Json = nlohmann::json;

namespace {

/// Two candidates whose mean losses are closer than this may be taken in either order: float32 cannot tell them apart.
constexpr double near_tie = 5e-6;

TokenWindows windows_of(const std::filesystem::path& text, const Tokenizer& tokenizer, Index length) {
  const TextDataset dataset = read_text_dataset(text, TextFormat::plain);
  const std::vector<TokenId> ids = tokenizer.encode(dataset.text());
  return cut_windows(ids, tokenizer.vocabulary_size(),
                     {.length = length, .ignored_label = reference_ignored_label(tokenizer.eos_token_id())});
}

std::vector<Json> json_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

Edit move_of(const Json& kind, const Json& layer, const Json& to) {
  const bool attention = kind.get<std::string>().starts_with("attn") || kind.get<std::string>().starts_with("Attn");
  const auto number = layer.get<Index>();
  return narrowed(attention ? attention_of(number) : mlp_of(number), to.get<Index>());
}

/// One stored run and all that is needed to repeat it.
struct StoredRun {
  StoredRun(const std::string& model_name, const std::string& run_name, Index length)
      : folder(reference_path("baselines/multipruner/" + model_name + "/" + run_name)),
        model(reference_path("models/" + model_name)),
        log(read_json_file(folder / "log.json")),
        candidates(json_lines(folder / "candidates.jsonl")),
        tokenizer(load_tokenizer(model)),
        dense(load<>(model)),
        graph(reorder(dense, order_units<L1>(dense))),
        calibration{{"block", windows_of(folder.parent_path() / "calib_block.txt", *tokenizer, length)},
                    {"width", windows_of(folder.parent_path() / "calib_width.txt", *tokenizer, length)}} {
    const Json& args = log["args"];
    options.ratio = args["target_ratio"];
    const auto text = args["pruning_distribution"].get<std::string>();
    REQUIRE(std::sscanf(text.c_str(), "%lf:%lf:%lf", &options.split.depth, &options.split.mlp_width,
                        &options.split.attention_width) == 3);
    options.mlp_group = args["mlp_channel_group_size"].get<Index>();
    options.attention_group = args["attn_channel_group_size"].get<Index>();
  }

  std::filesystem::path folder, model;
  Json log;
  std::vector<Json> candidates;
  std::unique_ptr<Tokenizer> tokenizer;
  Graph dense, graph;
  Calibration calibration;
  SequentialThresholdOptions options;
};

/// How far a mean loss may be from the stored one, as a share of it, or of 1 where it is less.
constexpr double rounding = 5e-6;

/// The same for a vocabulary of 49,152. The reference takes its losses over the middle dimension of the logits, where
/// PyTorch adds up the exponentials of the vocabulary one by one in float32; all losses come out about 1.1e-4 too low.
/// With the log-softmax in float64, PyTorch gets ours to 1e-7.
constexpr double rounding_of_large_vocabulary = 1e-4;

/// Scores all candidates of a stored step in addition to what `plan` removes, compares the costs, and returns what we
/// would take.
Edit score_step(Evaluator& evaluator, const Plan& plan, const Json& step, double& largest_difference,
                double tolerance = rounding) {
  const auto set = step["set"] == "block" ? block_samples : width_samples;
  std::vector<Edit> moves;
  std::vector<Plan> plans;
  for (const Json& candidate : step["candidates"]) {
    moves.push_back(move_of(candidate[0], candidate[1], candidate[2]));
    plans.push_back(apply(moves.back(), plan));
  }
  const std::vector<PlanCost> costs = evaluator.costs(plans, {.samples = set});
  std::size_t cheapest = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const double expected = step["candidates"][i][3].get<double>(), difference = std::abs(costs[i].value - expected);
    largest_difference = std::max(largest_difference, difference);
    CHECK(difference < tolerance * std::max(1.0, expected));
    if (costs[i].value < costs[cheapest].value) cheapest = i;
  }
  return moves[cheapest];
}

/// The plan that follows from a stored decision, after checking that ours is the same unless two candidates are nearly
/// tied.
Plan follow(const Plan& plan, const Edit& ours, const Edit& taken, double gap_to_second) {
  Plan next = apply(taken, plan);
  if (!(apply(ours, plan) == next)) {
    UNSCOPED_INFO("near tie: gap " << gap_to_second);
    CHECK(gap_to_second < near_tie);
  }
  return next;
}

/// Scores every candidate of every stored step, or of the first ones, from the stored state: same costs, and the same
/// decision.
void check_every_candidate(const StoredRun& run, std::size_t steps = std::numeric_limits<std::size_t>::max()) {
  Evaluator evaluator({run.graph, run.calibration});
  Plan plan(run.graph);
  double largest_difference = 0;
  for (const Json& step : std::span(run.candidates).first(std::min(steps, run.candidates.size()))) {
    CAPTURE(step["step"].get<int>());
    const Edit ours = score_step(evaluator, plan, step, largest_difference);
    const Json& taken = run.log["pruning_results"][step["step"].get<std::size_t>()];
    const bool mlp = taken["pruning_target"] == "mlp" || taken["pruning_target"] == "MLP width";
    plan = follow(plan, ours, move_of(mlp ? "mlp" : "attn", taken["layer"], taken["to"]), taken["gap_to_second"]);
    CHECK(pruning_ratio(run.graph.config(), plan) == taken["ratio"].get<double>());
  }
  WARN(run.folder.filename().string() << ": " << run.candidates.size() << " steps, largest difference of a mean loss "
                                      << largest_difference);
}

void check_whole_run(const StoredRun& run) {
  const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{run.options};
  const PruningResult result = pruner.prune(run.graph, run.calibration);
  CHECK(result.outcome == SearchOutcome::reached);
  const Json ours = to_json(to_pruning_config(run.graph.config(), result.plan, removals_of(result)));
  CHECK(ours == read_json_file(run.folder / "pruning_config.json"));
}

/// Dense and pruned perplexities on the texts that the reference was evaluated on, where they are few.
void check_perplexities(const StoredRun& run) {
  const Json eval = read_json_file(run.folder / "eval.json");
  const auto pruning = read_pruning_config(run.folder / "pruning_config.json", run.graph.config().num_hidden_layers);
  const Plan plan = to_plan(run.graph.config(), pruning);
  TextDataset rows = read_text_dataset(reference_path("data/text/c4/sample_c4-rp2.jsonl"));
  rows.rows.resize(100);
  const std::vector<TokenId> ids = run.tokenizer->encode(rows.text());
  const TokenWindows windows =
      cut_windows(ids, run.graph.config().vocab_size,
                  {.length = eval["seqlen"].get<Index>(), .ignored_label = run.graph.config().eos_token_ids.front()});
  const auto expected = [&](const char* which) { return eval[which]["c4_rp2_first100"]["mean_nll_f64"].get<double>(); };
  CHECK(evaluate_perplexity(ModelView(run.dense), windows).mean_nll == Approx(expected("dense")).epsilon(2e-6));
  CHECK(evaluate_perplexity(ModelView(run.graph, plan), windows).mean_nll == Approx(expected("pruned")).epsilon(2e-6));
}

void check_run(const std::string& model, const std::string& name, Index length, bool whole) {
  SKIP_WITHOUT(reference_path("baselines/multipruner/" + model));
  CAPTURE(model, name);
  const StoredRun run(model, name, length);
  check_every_candidate(run);
  if (whole) check_whole_run(run);
  check_perplexities(run);
}

/// BlockPruner removes, in their order, the blocks that the depth stage of a stored run removed.
void check_block_pruner(const std::string& model, const std::string& name, Index length) {
  SKIP_WITHOUT(reference_path("baselines/multipruner/" + model));
  CAPTURE(model, name);
  const StoredRun run(model, name, length);
  std::vector<Edit> expected;
  for (const Json& step : run.log["pruning_results"]) {
    if (step["to"] == 0) expected.push_back(move_of(step["pruning_target"], step["layer"], step["to"]));
  }
  REQUIRE_FALSE(expected.empty());
  const Pruner<Perplexity, BlockPruner<>> pruner{{.blocks = static_cast<Index>(expected.size())}};
  const PruningResult result = pruner.prune(run.graph, run.calibration);
  std::vector<Edit> removed;
  for (const PruningStep& step : result.steps) removed.push_back(step.search.edit);
  CHECK(removed == expected);
  CHECK(result.ratio == run.log["pruning_results"][expected.size() - 1]["ratio"].get<double>());
}

}  // namespace

// All that sanitizers run, see tests/CMakeLists.txt.
TEST_CASE("the first steps of a stored run on stories-1.6M are repeated decision by decision", "[first_steps]") {
  SKIP_WITHOUT(reference_path("baselines/multipruner/stories-1.6M"));
  check_every_candidate(StoredRun("stories-1.6M", "20-44_52_4", 256), 3);
}

TEST_CASE("a stored run on stories-1.6M is repeated decision by decision") {
  check_run("stories-1.6M", "20-44_52_4", 256, true);
}

TEST_CASE("BlockPruner repeats the depth stage of a stored run on stories-1.6M") {
  check_block_pruner("stories-1.6M", "20-44_52_4", 256);
}

TEST_CASE("BlockPruner repeats a stored run of depth alone on mixed-5.5M", "[.long]") {
  check_block_pruner("mixed-5.5M", "30-100_0_0", 512);  // of which the others are the beginning
}

TEST_CASE("all stored runs on stories-1.6M are repeated decision by decision", "[.long]") {
  const auto name = GENERATE("10-20_80_0", "10-44_52_4", "20-20_80_0", "20-44_52_4", "30-44_52_4");
  check_run("stories-1.6M", name, 256, true);
}

TEST_CASE("all stored runs on mixed-5.5M are repeated decision by decision", "[.long]") {
  const auto name =
      GENERATE("10-100_0_0", "10-20_80_0", "10-44_52_4", "20-100_0_0", "20-20_80_0", "20-44_52_4", "30-100_0_0");
  check_run("mixed-5.5M", name, 512, false);
}

TEST_CASE("the stored depth stage on SmolLM2-135M is repeated decision by decision", "[.long]") {
  const auto folder = reference_path("baselines/multipruner/smollm2-135m");
  const auto model = source_path("build/models/SmolLM2-135M-Instruct");  // scripts/get_smollm2 makes it
  SKIP_WITHOUT(folder);
  SKIP_WITHOUT(model);
  const auto tokenizer = load_tokenizer(model);
  const Graph dense = load<>(model);
  const Graph graph = reorder(dense, order_units<L1>(dense));
  const Calibration calibration{{"block", windows_of(folder / "calib_block.txt", *tokenizer, 256)}};
  Evaluator evaluator({graph, calibration});
  Plan plan(graph);
  double largest_difference = 0;
  for (const Json& step : json_lines(folder / "10-44_52_4-depth/candidates.jsonl")) {
    CAPTURE(step["step"].get<int>());
    const Edit ours = score_step(evaluator, plan, step, largest_difference, rounding_of_large_vocabulary);
    plan = follow(plan, ours, move_of(step["chosen"][0], step["chosen"][1], 0), step["gap_to_second"]);
  }
  WARN("SmolLM2-135M: largest difference of a mean loss " << largest_difference);
}
