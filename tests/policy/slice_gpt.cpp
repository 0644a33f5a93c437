// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/golden_model.hpp>
#include <support/random_checkpoint.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>
#include <support/reference_losses.hpp>
#include <support/temporary_directory.hpp>
#include <support/two_axes.hpp>

#include <multipruner/io/json_file.hpp>
#include <multipruner/multipruner.hpp>
#include <multipruner/run/model_description.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// SliceGpt needs no costs.
struct NoCosts final : Objective {
  std::vector<PlanCost> costs(std::span<const Plan>, const CostRequest&) override { throw std::logic_error("asked"); }
};

PruningResult slice(const Graph& graph, const TokenWindows& windows, const SliceGptOptions& options,
                    std::uint64_t seed = 42) {
  NoCosts costs;
  GatheredStatistics statistics(graph, windows);
  return SliceGpt(options).run({.graph = graph, .objective = costs, .statistics = statistics, .seed = seed});
}

DecoderConfig llama2(Index hidden, Index intermediate, Index layers, Index heads) {
  DecoderConfig config;
  config.num_hidden_layers = layers;
  config.hidden_size = hidden;
  config.intermediate_size = intermediate;
  config.num_attention_heads = config.num_key_value_heads = heads;
  config.head_dim = 128;
  config.vocab_size = 32000;
  return config;
}

nlohmann::json small_config(const std::string& family, bool tied, Index kv_heads) {
  return {{"model_type", family},
          {"vocab_size", 48},
          {"hidden_size", 24},
          {"intermediate_size", 40},
          {"num_hidden_layers", 3},
          {"num_attention_heads", 4},
          {"num_key_value_heads", kv_heads},
          {"head_dim", 8},
          {"rms_norm_eps", 1e-2},  // so large that it shows
          {"tie_word_embeddings", tied}};
}

/// A random model as `load` gives it; its folder stays until the end.
class Small {
 public:
  explicit Small(const nlohmann::json& config = small_config("llama", true, 2)) {
    if (config["model_type"] == "qwen2") {
      RandomCheckpoint::make<Qwen2>(config).write(directory_ / "model");
    } else {
      RandomCheckpoint::make<Llama>(config).write(directory_ / "model");
    }
    graph_.emplace(load<>(directory_ / "model"));
    windows_ = random_windows(*graph_, 8, 16);
  }

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const TokenWindows& windows() const { return windows_; }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return directory_ / name; }

 private:
  TemporaryDirectory directory_;
  std::optional<Graph> graph_;
  TokenWindows windows_;
};

Matrix<float> logits_of(const ModelView& view, const TokenWindows& windows) {
  return run_logits(view, {windows.count(), windows.longest(), windows.tokens(), {}, {}});
}

/// max |a − b| / max |b| of the logits of two models.
double difference(const ModelView& a, const ModelView& b, const TokenWindows& windows) {
  const Matrix<float> right = logits_of(b, windows);
  const auto size = static_cast<std::size_t>(right.rows() * right.columns());
  return relative_difference(logits_of(a, windows).view(), {right.view().data, size});
}

std::uint64_t bits_of(const Graph& graph) {
  return fingerprint_of_weights(graph).value();
}

/// The same model with all weights in float32.
Graph in_float32(const Graph& graph) {
  auto store = std::make_shared<WeightStore>();
  Weights weights = graph.weights();
  for_each_place(graph.config(), weights, [&](const TensorPlace&, WeightView& view) {
    if (!view) return;
    const std::vector<double> values = values_of(view);
    view = store_weights(*store, {values.data(), view.rows, view.columns}, DType::float32);
  });
  return {graph.config(), std::move(weights), std::move(store), graph.origin()};
}

std::vector<TokenId> generated_without_memory(const Graph& graph, std::vector<TokenId> tokens, Index count) {
  std::vector<TokenId> generated;
  for (Index i = 0; i < count; ++i) {
    const auto length = static_cast<Index>(tokens.size());
    const Matrix<float> logits = run_logits(ModelView(graph), {1, length, tokens, {}, {}});
    const float* const row = logits.view().row(length - 1);
    generated.push_back(static_cast<TokenId>(std::max_element(row, row + logits.columns()) - row));
    tokens.push_back(generated.back());
  }
  return generated;
}

/// Llama without names for shortcuts.
struct Nameless {
  static constexpr std::string_view model_type = "llama";
  static ModelConfig configure(const JsonReader& config) { return Llama::configure(config); }
  static std::string tensor_name(TensorRole role, Index layer) {
    if (!role.name().ends_with("shortcut")) return Llama::tensor_name(role, layer);
    throw OptionError(std::string(role.name()), "Nameless has no such tensor", "Give the family a name for it");
  }
};

}  // namespace

TEST_CASE("slicing 30 % removes what the paper counts of Llama 2", "[slice_gpt]") {
  // Table 1 of arXiv 2401.15024 and algorithms.md 3.5: no norms there, and here all of them.
  const auto [config, paper] =
      GENERATE(std::make_pair(llama2(4096, 11008, 32, 32), 21.45), std::make_pair(llama2(5120, 13824, 40, 40), 21.52));
  const ModelConfig dense = to_model(config);
  const Plan plan(dense);
  const Index d = dense.hidden_size, f = config.intermediate_size, layers = dense.num_hidden_layers;
  const Index kept = sliced_width(dense, plan, {.slicing = 30});
  CHECK(kept == d * 7 / 10 / 8 * 8);
  const ModelConfig sliced = sliced_config(dense, plan, kept);
  Index expected = dense.vocab_size * (kept + d);
  for (Index layer = 0; layer < layers; ++layer) {
    const Index out = layer + 1 < layers ? kept : d;
    expected += 4 * d * kept + 2 * f * kept + out * f + kept * kept + kept * out;
  }
  const Index norms = 2 * layers * kept + d;
  CHECK(count_parameters(sliced, plan) == expected + norms);
  CHECK(count_parameters(sliced) == count_parameters(dense));
  CHECK(pruning_ratio(sliced, plan) == Approx(paper).margin(0.005));
  const Index dense_norms = (2 * layers + 1) * d;
  const auto share = static_cast<double>(expected) / static_cast<double>(count_parameters(dense) - dense_norms);
  CHECK(100 * (1 - share) == Approx(paper).margin(0.005));
}

TEST_CASE("a ratio takes the widest stream that reaches it", "[slice_gpt]") {
  const ModelConfig dense = to_model(llama2(4096, 11008, 32, 32));
  const Plan plan(dense);
  for (const double ratio : {5.0, 20.0, 21.45, 60.0}) {
    const Index width = sliced_width(dense, plan, {.ratio = ratio});
    CAPTURE(ratio, width);
    CHECK(width % 8 == 0);
    CHECK(pruning_ratio(sliced_config(dense, plan, width), plan) >= ratio);
    CHECK(pruning_ratio(sliced_config(dense, plan, width + 8), plan) < ratio);
  }
  CHECK(sliced_width(dense, plan, {.ratio = 20, .multiple = 128}) % 128 == 0);
  CHECK(sliced_width(dense, plan, {.slicing = 0}) == 4096);
  CHECK(sliced_width(dense, plan, {.slicing = 25}) == 3072);
  CHECK(sliced_width(dense, plan, {.slicing = 25, .multiple = 1000}) == 3000);
}

TEST_CASE("a model that is turned and not sliced computes what it did", "[slice_gpt]") {
  const bool tied = GENERATE(true, false);
  const Index kv_heads = GENERATE(1, 4);
  const bool turned_at_random = GENERATE(false, true);
  nlohmann::json config = small_config("llama", tied, kv_heads);
  const int biases = GENERATE(0, 1, 2);  // none; of q, k and v; of all linears
  if (biases == 1) config["model_type"] = "qwen2";
  if (biases == 2) config["attention_bias"] = config["mlp_bias"] = true;
  CAPTURE(tied, kv_heads, turned_at_random, biases);
  const Small model(config);
  const PruningResult result =
      slice(model.graph(), model.windows(), {.slicing = 0, .random_rotation = turned_at_random});
  const Graph& turned = result.graph.value();
  CHECK(difference(ModelView(turned), ModelView(model.graph()), model.windows()) < 1e-4);
  CHECK(bits_of(turned) != bits_of(model.graph()));
  CHECK_FALSE(turned.config().tie_word_embeddings);
  CHECK(turned.lm_head().data == model.graph().lm_head().data);
  CHECK(result.ratio < 0);  // the shortcuts, and a head of its own
}

TEST_CASE("the last norm and the head may be of other sorts: they stay as they are", "[slice_gpt]") {
  const Small model;
  ModelConfig config = model.graph().config();
  Weights weights = model.graph().weights();
  const std::vector<float> values(48, 0.25f);
  SECTION("a head whose rows are normalised") {
    config.normalized_head = true;
  }
  SECTION("a bias of the head") {
    config.head_bias = true;
    weights.ends[Ends::lm_head_bias] = WeightView(values.data(), 1, 48);
  }
  SECTION("a LayerNorm") {
    config.final_layer_norm = true;
    weights.ends[Ends::final_norm_bias] = WeightView(values.data(), 1, 24);
  }
  const Graph graph(config, weights);
  const Graph turned = slice(graph, model.windows(), {.slicing = 0}).graph.value();
  CHECK(difference(ModelView(turned), ModelView(graph), model.windows()) < 1e-4);
  CHECK(difference(ModelView(turned), ModelView(model.graph()), model.windows()) > 1e-3);
}

TEST_CASE("of a stream in fewer dimensions than it has channels, nothing is lost", "[slice_gpt]") {
  // Embeddings of rank 8 in a model whose blocks write nothing but these 8 dimensions.
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(small_config("llama", false, 2));
  constexpr std::size_t rank = 8;
  const auto keep = [&](const std::string& name, bool columns) {
    RandomCheckpoint::Tensor& tensor = checkpoint.at(name);
    const auto row_size = static_cast<std::size_t>(tensor.shape.back());
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      if ((columns ? i % row_size : i / row_size) >= rank) tensor.values[i] = 0;
    }
  };
  keep("model.embed_tokens.weight", true);
  for (int layer = 0; layer < 3; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    keep(prefix + "self_attn.o_proj.weight", false);
    keep(prefix + "mlp.down_proj.weight", false);
  }
  const TemporaryDirectory directory;
  checkpoint.write(directory / "model");
  const Graph graph = load<Llama>(directory / "model");
  const TokenWindows windows = random_windows(graph, 8, 16);
  const Graph sliced = slice(graph, windows, {.slicing = 60}).graph.value();
  REQUIRE(sliced.config().hidden_size == rank);
  // The norms divide by the width that was: also what stands beside the epsilon of 0.01 is right.
  CHECK(difference(ModelView(sliced), ModelView(graph), windows) < 1e-4);
}

TEST_CASE("a sliced model has the losses of an independent transcription", "[slice_gpt]") {
  const auto [name, folder] = GENERATE(std::make_pair("stories-1.6M", source_path("examples/models/stories-1.6M")),
                                       std::make_pair("mixed-5.5M", reference_path("models/mixed-5.5M")));
  SKIP_WITHOUT(folder);
  const nlohmann::json golden = read_json_file(source_path(std::string("tests/data/slice_gpt/") + name + ".json"));
  const Graph stored = load<>(folder);
  const Graph graph = in_float32(stored);
  const auto length = golden["window"].get<Index>();
  const TokenWindows calibration(length, golden["calibration"].get<std::vector<TokenId>>());
  const TokenWindows heldout(length, golden["heldout"].get<std::vector<TokenId>>());
  const auto largest_error = [&](const Graph& of, const nlohmann::json& losses) {
    const std::vector<double> found = evaluate_perplexity(ModelView(of), heldout).window_nll;
    const auto expected = losses.get<std::vector<double>>();
    REQUIRE(found.size() == expected.size());
    double error = 0;
    for (std::size_t i = 0; i < found.size(); ++i) error = std::max(error, std::abs(found[i] - expected[i]));
    return error;
  };
  CHECK(largest_error(graph, golden["dense_losses"]) < 1e-5);
  for (const nlohmann::json& expected : golden["cases"]) {
    const SliceGptOptions options{.slicing = expected["slicing"].get<double>()};
    CAPTURE(name, *options.slicing);
    const PruningResult result = slice(graph, calibration, options);
    const ModelConfig& config = result.graph->config();
    CHECK(config.hidden_size == expected["width"].get<Index>());
    CHECK(config.last_stream() == graph.config().hidden_size);
    const Index norms = config.num_blocks() * config.hidden_size + config.last_stream();
    CHECK(count_parameters(config, result.plan) == expected["parameters_without_norms"].get<Index>() + norms);
    CHECK(largest_error(*result.graph, expected["losses"]) < 1e-4);
    CHECK(perplexity(ModelView(*result.graph), heldout) == Approx(expected["perplexity"].get<double>()).epsilon(1e-5));
    // In bfloat16, every turned weight is rounded.
    const Graph rounded = slice(stored, calibration, options).graph.value();
    CHECK(rounded.embed_tokens().dtype == DType::bfloat16);
    CHECK(perplexity(ModelView(rounded), heldout) == Approx(expected["perplexity"].get<double>()).epsilon(0.03));
  }
}

TEST_CASE("a sliced model is the same for any threads, passes, and folder of weights", "[slice_gpt]") {
  const Small model;
  const SliceGptOptions options{.slicing = 30, .random_rotation = true};
  const auto fingerprint = [&](int threads, Index rows, const std::filesystem::path& folder = {}) {
    SliceGptOptions other = options;
    other.rows_per_pass = rows;
    other.scratch_folder = folder;
    return ThreadArena(threads).execute([&] { return bits_of(*slice(model.graph(), model.windows(), other).graph); });
  };
  const TemporaryDirectory scratch;
  const std::uint64_t expected = fingerprint(1, 4096);
  CHECK(fingerprint(4, 4096) == expected);
  CHECK(fingerprint(3, 16) == expected);
  CHECK(fingerprint(2, 40, scratch.path()) == expected);
  CHECK(bits_of(*slice(model.graph(), model.windows(), options, 7).graph) != expected);
}

TEST_CASE("a sliced model is saved and loaded bit for bit, and extracted", "[slice_gpt]") {
  const Small model(small_config(GENERATE("llama", "qwen2"), GENERATE(true, false), 2));
  const PruningResult result = slice(model.graph(), model.windows(), {.slicing = 30});
  const Graph& sliced = *result.graph;
  save(sliced, model / "sliced");
  const Graph loaded = load<>(model / "sliced");
  CHECK(bits_of(loaded) == bits_of(sliced));
  CHECK(loaded.config().hidden_size == 16);
  CHECK(loaded.config().last_stream() == 24);
  CHECK(Plan(loaded) == result.plan);
  CHECK(pruning_ratio(loaded.config(), Plan(loaded)) == result.ratio);
  CHECK(perplexity(ModelView(loaded), model.windows()) == perplexity(ModelView(sliced), model.windows()));
  const nlohmann::json parameters = read_json_file(model / "sliced" / "multipruner.json")["parameters"];
  CHECK(parameters["dense"] == count_parameters(model.graph().config()));
  CHECK(parameters["pruned"] == count_parameters(sliced.config(), result.plan));
  CHECK(parameters["ratio"] == result.ratio);

  const ModelDescription description = describe_model(loaded, model / "sliced");
  CHECK(to_json(description)["ratio"] == result.ratio);
  CHECK_THAT(to_text(description), Catch::Contains("hidden 16"));

  Plan smaller(loaded);
  smaller.remove(attention_of(1));
  smaller.set_width(mlp_of(2), 20);
  const Graph extracted = extract(ModelView(loaded, smaller));
  save(extracted, model / "smaller");
  const Graph again = load<>(model / "smaller");
  CHECK(Plan(again) == smaller);
  CHECK(bits_of(again) == bits_of(extracted));
  CHECK(logits_of(ModelView(again), model.windows()).view().row(3)[5] ==
        logits_of(ModelView(loaded, smaller), model.windows()).view().row(3)[5]);
  CHECK(pruning_ratio(again.config(), smaller) > result.ratio);
}

TEST_CASE("files of a sliced model that contradict each other are refused", "[slice_gpt]") {
  const Small model;
  save(*slice(model.graph(), model.windows(), {.slicing = 30}).graph, model / "sliced");
  const auto file = model / "sliced" / "pruning_config.json";
  const nlohmann::json good = read_json_file(file);
  const auto refused = [&](const std::function<void(nlohmann::json&)>& change, const std::vector<std::string>& parts) {
    nlohmann::json config = good;
    change(config["stream"]);
    write_json_file(file, config);
    expect_error<DataError>([&] { (void)load<>(model / "sliced"); }, parts);
  };
  refused([](auto& stream) { stream["widths"].push_back(24); }, {"pruning_config.json", "stream", "8 widths"});
  refused([](auto& stream) { stream["widths"][2] = 0; }, {"the stream that it writes", "it is 0"});
  refused([](auto& stream) { stream["shortcuts"].push_back(6); }, {"pruning_config.json", "block 6"});
  refused([](auto& stream) { stream["shortcuts"].erase(0); }, {"attention_shortcut"});
  refused([](auto& stream) { stream["widths"] = 5; }, {"pruning_config.json", "widths"});
  refused([](auto& stream) { stream["widths"] = std::vector<int>(7, 24); }, {"16", "24"});
  write_json_file(file, [&] {
    nlohmann::json config = good;
    config.erase("stream");
    return config;
  }());
  expect_error<DataError>([&] { (void)load<>(model / "sliced"); }, {"attention_shortcut", "no such tensor"});
}

TEST_CASE("a family that has no name for shortcuts cannot be saved, and nothing is written", "[slice_gpt]") {
  const Small model;
  const Graph graph = load<Nameless>(model / "model");
  const Graph sliced = slice(graph, model.windows(), {.slicing = 30}).graph.value();
  expect_error<OptionError>([&] { save(sliced, model / "out"); }, {"attention_shortcut", "Nameless"});
  CHECK_FALSE(std::filesystem::exists(model / "out"));
}

TEST_CASE("a sliced model generates what it computes without memory", "[slice_gpt]") {
  const Small model;
  const Graph sliced = slice(model.graph(), model.windows(), {.slicing = 50}).graph.value();
  const std::vector<TokenId> prompt{3, 1, 4};
  CHECK(generate(ModelView(sliced), prompt, {.max_new_tokens = 8}) == generated_without_memory(sliced, prompt, 8));
}

TEST_CASE("policies on whole layers refuse a sliced stream, naming the block", "[slice_gpt]") {
  const Small model;
  const Graph sliced = slice(model.graph(), model.windows(), {.slicing = 30}).graph.value();
  NoCosts costs;
  GatheredStatistics statistics(sliced, model.windows());
  const RunContext context{.graph = sliced, .objective = costs, .statistics = statistics};
  const std::string block = sliced.config().blocks.label(attention_of(0));
  expect_error<UnsupportedError>([&] { (void)ShortGpt({}).run(context); }, {block, "sliced"});
  expect_error<UnsupportedError>([&] { (void)RelativeMagnitudeLayers({}).run(context); }, {block, "sliced"});
  expect_error<UnsupportedError>([&] { (void)ConsecutiveLayers({}).run(context); }, {block, "sliced"});
  expect_error<UnsupportedError>([&] { (void)LaCo({.layers_per_merge = 2, .lowest_layer = 0}).run(context); },
                                 {block, "sliced"});
}

TEST_CASE("what was removed before stays gone", "[slice_gpt]") {
  const Small model;
  Plan plan(model.graph());
  plan.remove(attention_of(1));
  plan.remove(mlp_of(2));  // the last block: that before it writes the whole stream
  plan.set_width(mlp_of(0), 17);
  plan.set_width(attention_of(2), 16);
  const Graph pruned = extract(ModelView(model.graph(), plan));
  const PruningResult turned = slice(pruned, model.windows(), {.slicing = 0});
  CHECK(turned.plan == plan);
  CHECK(difference(ModelView(*turned.graph), ModelView(pruned), model.windows()) < 1e-4);

  const PruningResult sliced = slice(pruned, model.windows(), {.slicing = 30});
  CHECK(sliced.plan == plan);
  CHECK_FALSE(sliced.graph->config().blocks[attention_of(1)].has_shortcut());
  CHECK(sliced.graph->config().blocks[attention_of(2)].stream_out() == 24);
  CHECK_FALSE(sliced.graph->config().blocks[mlp_of(2)].has_shortcut());
  save(*sliced.graph, model / "sliced");
  const Graph loaded = load<>(model / "sliced");
  CHECK(bits_of(loaded) == bits_of(*sliced.graph));
  const Index dense = count_parameters(model.graph().config());
  const auto kept = static_cast<double>(count_parameters(loaded.config(), plan));
  CHECK(sliced.ratio == Approx(100 * (1 - kept / static_cast<double>(dense))).epsilon(1e-12));
}

TEST_CASE("SliceGpt is a policy as others: a pruner runs it, and a forecast assumes it", "[slice_gpt]") {
  const Small model;
  const Calibration calibration{{"block", model.windows()}, {"width", model.windows()}};
  const Pruner<Perplexity, SliceGpt> pruner{{.ratio = 5}};
  const PruningResult result = pruner.prune(model.graph(), calibration);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= 5);
  CHECK(result.ratio == pruning_ratio(result.graph->config(), result.plan));
  CHECK(bits_of(*result.graph) == bits_of(*slice(model.graph(), model.windows(), {.ratio = 5}).graph));
  const PrunedModel compressed = pruner.compress(model.graph(), calibration);
  CHECK(bits_of(compressed.graph) == bits_of(*result.graph));
  CHECK(compressed.result.ratio == result.ratio);
  const Forecast expected = forecast(SliceGpt({.ratio = 5}), model.graph(), calibration);
  CHECK(expected.ratio == result.ratio);
  CHECK(expected.seconds > 0);

  // Ratios of what is pruned further are of the dense model, too.
  const Pruner<Perplexity, SequentialThreshold<Greedy>> next{{.ratio = 30, .mlp_group = 8}};
  const PruningResult more = next.prune(*result.graph, calibration);
  CHECK(more.outcome == SearchOutcome::reached);
  CHECK(more.ratio >= 30);
  CHECK(more.steps.front().search.ratio > result.ratio);
}

TEST_CASE("a ratio that no stream reaches is an outcome", "[slice_gpt]") {
  const Small model;
  const PruningResult result = slice(model.graph(), model.windows(), {.ratio = 99});
  CHECK(result.outcome == SearchOutcome::no_candidate);
  CHECK(result.graph->config().hidden_size == 8);
  CHECK(result.ratio < 99);
  CHECK(slice(model.graph(), model.windows(), {.slicing = 60}).outcome == SearchOutcome::reached);
}

TEST_CASE("options of SliceGpt that cannot work are refused by name", "[slice_gpt]") {
  const Small model;
  const auto refused = [&](const SliceGptOptions& options, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { (void)slice(model.graph(), model.windows(), options); }, parts);
  };
  refused({.ratio = 100}, {"ratio"});
  refused({.ratio = -1}, {"ratio"});
  refused({.slicing = -1}, {"slicing", "-1"});
  refused({.slicing = 100}, {"slicing", "100"});
  refused({.slicing = NAN}, {"slicing"});
  refused({.slicing = 90}, {"slicing", "0 of 24"});
  refused({.multiple = 0}, {"multiple"});
  refused({.multiple = 25}, {"multiple", "24 channels"});
  refused({.damping = -0.1}, {"damping"});
  refused({.damping = INFINITY}, {"damping"});
  Plan nothing(model.graph());
  for (Index position = 0; position < nothing.num_blocks(); ++position) nothing.remove({position});
  const Graph empty = extract(ModelView(model.graph(), nothing));
  expect_error<OptionError>([&] { (void)slice(empty, model.windows(), {.slicing = 30}); }, {"no block"});
  NoCosts costs;
  expect_error<OptionError>([&] { (void)SliceGpt({.slicing = 30}).run({.graph = model.graph(), .objective = costs}); },
                            {"windows"});
}

TEST_CASE("models that SliceGPT cannot serve are refused by name", "[slice_gpt]") {
  const Small model;
  const Graph sliced = slice(model.graph(), model.windows(), {.slicing = 30}).graph.value();
  expect_error<UnsupportedError>([&] { (void)slice(sliced, model.windows(), {.slicing = 30}); },
                                 {"layer 0 attention", "sliced already"});
  ModelConfig config = model.graph().config();
  std::vector<BlockSpec> blocks(config.blocks.begin(), config.blocks.end());
  blocks.push_back(BlockSpec::of<TwoAxes>({}, 3, 24));
  config.blocks = BlockList(std::move(blocks));
  Weights weights = model.graph().weights();
  weights.blocks.emplace_back(TwoAxes::slots.size());
  weights.shortcuts.emplace_back();
  const Graph other(config, weights);  // without that block, but with a place for it
  expect_error<UnsupportedError>([&] { (void)slice(other, model.windows(), {.slicing = 30}); },
                                 {"layer 3 two axes", "RMSNorm"});
  for (const char* const family : {"gemma", "gemma2", "olmo2"}) {
    const Graph normed = load<>(source_path(std::string("tests/data/families/") + family));
    expect_error<UnsupportedError>([&] { (void)slice(normed, random_windows(normed, 2, 8), {.slicing = 30}); },
                                   {"layer 0 attention", "SliceGPT"});
  }
}

TEST_CASE("models whose numbers multiply embeddings and what blocks add are sliced, of which nothing is lost at first",
          "[slice_gpt]") {
  for (const char* const family : {"granite", "qwen3", "smollm3"}) {
    const Graph graph = load<>(source_path(std::string("tests/data/families/") + family));
    const TokenWindows windows = random_windows(graph, 2, 16);
    const Graph sliced = slice(graph, windows, {.slicing = 0}).graph.value();
    CHECK(perplexity(ModelView(sliced), windows) == Approx(perplexity(ModelView(graph), windows)).epsilon(1e-3));
  }
}

TEST_CASE("weights that are not finite when they are turned are refused", "[slice_gpt]") {
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(small_config("llama", false, 2));
  checkpoint.at("model.layers.1.input_layernorm.weight").values.assign(24, 3e38f);
  checkpoint.at("model.layers.1.self_attn.q_proj.weight").values.assign(32 * 24, 3e38f);
  const TemporaryDirectory directory;
  checkpoint.write(directory / "model");
  const Graph graph = load<Llama>(directory / "model");
  expect_error<DataError>([&] { (void)slice(graph, random_windows(graph, 4, 16), {.slicing = 30}); },
                          {"layers.1.self_attn.q_proj", "float32"});
}
