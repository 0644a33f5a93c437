// SPDX-License-Identifier: MIT
// A kind of block that writes a narrower stream than it reads: nothing may take the width of the stream for a constant.

#include <cmath>
#include <deque>
#include <vector>

#include <catch2/catch.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/multipruner.hpp>

using namespace multipruner;

namespace {

struct FunnelSpec {
  Index channels = 0;
};

/// x ← S x + out · tanh(in · RMSNorm(x)), with fewer rows in S than columns.
struct Funnel {
  using Spec = FunnelSpec;

  static constexpr std::string_view name = "funnel", file_key = "funnel";

  enum Tensor : std::size_t { norm, in, out };

  static constexpr std::array<std::string_view, 2> inputs{"block_input", "output_input"};
  static constexpr std::array<AxisInfo, 1> axes{{{.name = "MLP channels", .file_key = "funnel"}}};
  static constexpr std::array<Slot, 3> slots{{norm_slot("funnel_norm"), linear_slot("in"), output_slot("out")}};

  static SlotShape shape(const Spec& spec, std::size_t) { return {spec.channels, spec.channels}; }
  static AxisSize axis(const Spec& spec, std::size_t) { return {spec.channels, 1}; }
  static void describe(const Spec& spec, Fields& fields) { fields.add("channels", spec.channels); }
  static std::unique_ptr<BlockState> state(const Spec&, const Choice&, Slots, Index) { return nullptr; }
  static Index state_bytes(const Spec&, const Choice&, Index) { return 0; }

  static void run(const Spec&, const Choice& choice, Slots tensors, BlockCall& call) {
    const MatrixView<float> normed = call.workspace.normed.resize(call.in.rows, call.in.columns);
    const MatrixView<float> hidden = call.workspace.buffer(0).resize(call.in.rows, choice[0]);
    simd::rms_norm(call.in, tensors[norm], 1e-6f, normed);
    call.observe(0, normed);
    call.multiply(normed, {{tensors[in], {}, hidden}});
    for (Index row = 0; row < hidden.rows; ++row) {
      for (Index i = 0; i < hidden.columns; ++i) hidden.row(row)[i] = std::tanh(hidden.row(row)[i]);
    }
    call.observe(1, hidden);
    call.add(hidden, tensors[out], {});
  }
};

using FunnelGraph = BasicGraph<Attention, GatedMlp, Funnel>;

constexpr Index wide = 16, narrow = 10, vocabulary = 24;
constexpr BlockId first_attention{0}, funnel{2}, last_mlp{4};

/// Attention and an MLP of a stream of 16, a funnel to 10, then attention and an MLP of 10; owns its weights.
class Model {
 public:
  Model() : graph_(make()) {}

  [[nodiscard]] const FunnelGraph& graph() const { return graph_; }

 private:
  WeightView random(Index rows, Index columns) {
    std::vector<float>& values = memory_.emplace_back();
    for (Index i = 0; i < rows * columns; ++i) values.push_back(static_cast<float>(random_.uniform() - 0.5));
    return {values.data(), rows, columns};
  }

  Tensors attention(Index stream) {
    Tensors tensors(Attention::slots.size());
    tensors[Attention::norm] = random(1, stream);
    tensors[Attention::q_proj] = random(16, stream);
    tensors[Attention::k_proj] = random(8, stream);
    tensors[Attention::v_proj] = random(8, stream);
    tensors[Attention::o_proj] = random(stream, 16);
    return tensors;
  }

  Tensors mlp(Index stream) {
    Tensors tensors(GatedMlp::slots.size());
    tensors[GatedMlp::norm] = random(1, stream);
    tensors[GatedMlp::gate_proj] = random(12, stream);
    tensors[GatedMlp::up_proj] = random(12, stream);
    tensors[GatedMlp::down_proj] = random(stream, 12);
    return tensors;
  }

  FunnelGraph make() {
    const AttentionSpec heads{.num_attention_heads = 4, .num_key_value_heads = 2, .head_dim = 4};
    ModelConfig config;
    config.vocab_size = vocabulary;
    config.hidden_size = wide;
    config.num_hidden_layers = 4;
    FunnelGraph::Builder builder(config);
    builder.append<Attention>(heads, 0, attention(wide)).append<GatedMlp>({.intermediate_size = 12}, 0, mlp(wide));
    builder.append<Funnel>({.channels = 8}, 1, {random(1, wide), random(8, wide), random(narrow, 8)}, narrow,
                           random(narrow, wide));
    builder.append<GatedMlp>({.intermediate_size = 12}, 2, mlp(narrow));
    builder.append<GatedMlp>({.intermediate_size = 12}, 3, mlp(narrow)).append<Attention>(heads, 3, attention(narrow));
    Tensors ends(Ends::slots.size());
    ends[Ends::embed_tokens] = random(vocabulary, wide);
    ends[Ends::final_norm] = random(1, narrow);
    ends[Ends::lm_head] = random(vocabulary, narrow);
    return std::move(builder).build(std::move(ends));
  }

  std::deque<std::vector<float>> memory_;
  NumpyRandom random_{5};
  FunnelGraph graph_;
};

/// An MLP, and a funnel behind it.
struct FunnelFamily {
  static constexpr std::string_view model_type = "funnel";

  static ModelConfig configure(const JsonReader&) {
    ModelConfig config;
    config.model_type = model_type;
    config.vocab_size = vocabulary;
    config.hidden_size = wide;
    config.num_hidden_layers = 2;
    config.blocks = BlockList({BlockSpec::of<GatedMlp>({.intermediate_size = 12}, 0, wide),
                               BlockSpec::of<Funnel>({.channels = 8}, 1, wide, narrow)});
    return config;
  }

  static std::string tensor_name(TensorRole role, Index layer) {
    return std::to_string(layer) + "." + std::string(role.name());
  }
};
static_assert(Architecture<FunnelFamily>);

TokenWindows windows() {
  std::vector<TokenId> tokens;
  for (TokenId i = 0; i < 96; ++i) tokens.push_back(i * i * 5 % vocabulary);
  return {16, std::move(tokens)};
}

double loss_of(const ModelView& view) {
  return std::log(perplexity(view, windows()));
}

}  // namespace

TEST_CASE("the typed face of a graph knows the kinds of its blocks", "[narrowing_block]") {
  const Model model;
  const auto name = [&](BlockId block) {
    return model.graph().visit(block, [](const auto& typed) {
      return std::string(std::decay_t<decltype(typed)>::Kind::name) + " of " + std::to_string(typed.tensors.size());
    });
  };
  CHECK(name(first_attention) == "attention of 15");
  CHECK(name(funnel) == "funnel of 3");
  CHECK(name(last_mlp) == "mlp of 8");
  CHECK_THROWS_AS((BasicGraph<Attention, GatedMlp>(model.graph())), UnsupportedError);
  CHECK_NOTHROW(FunnelGraph(model.graph()));
}

TEST_CASE("parameters of a block with a shortcut are counted, and the shortcut stays", "[narrowing_block]") {
  const Model model;
  const ModelConfig& config = model.graph().config();
  const Index norm = wide, shortcut = narrow * wide, of_channel = wide + narrow;
  CHECK(config.blocks[funnel].count_parameters({{8, 0}}) == norm + shortcut + 8 * of_channel);
  CHECK(config.blocks[funnel].count_parameters({{3, 0}}) == norm + shortcut + 3 * of_channel);
  CHECK(config.blocks[funnel].count_parameters({}) == norm + shortcut);
  CHECK(config.last_stream() == narrow);
  CHECK(config.widest_stream() == wide);
}

TEST_CASE("a stream that goes around a block through the identity stays what it is") {
  std::vector<float> identity(wide * wide, 0.0f);
  for (Index i = 0; i < wide; ++i) identity[static_cast<std::size_t>(i * wide + i)] = 1;
  const Model model;
  const Graph& graph = model.graph();
  ModelConfig config = graph.config();
  std::vector<BlockSpec> blocks(config.blocks.begin(), config.blocks.end());
  blocks[1] = blocks[1].with_shortcut();
  config.blocks = BlockList(std::move(blocks));
  Weights weights = graph.weights();
  weights.shortcuts[1] = WeightView(identity.data(), wide, wide);
  const Graph other(config, weights);
  CHECK(loss_of(ModelView(other)) == Approx(loss_of(ModelView(graph))).epsilon(1e-6));
  Plan without(other);
  without.remove({1});
  Plan same(graph);
  same.remove({1});
  CHECK(loss_of(ModelView(other, without)) == Approx(loss_of(ModelView(graph, same))).epsilon(1e-6));
}

TEST_CASE("a model whose stream narrows is saved with its shortcuts, and loaded again") {
  const test::TemporaryDirectory directory;
  const auto checkpoint = test::RandomCheckpoint::make<FunnelFamily>({{"model_type", "funnel"}});
  checkpoint.write(directory.path() / "dense");
  const Graph dense = load<FunnelFamily>(directory.path() / "dense");
  Plan plan(dense);
  plan.remove({1});  // the block with the shortcut
  plan.set_width(BlockId{0}, 5);
  save(ModelView(dense, plan), directory.path() / "pruned");
  const Graph pruned = load<FunnelFamily>(directory.path() / "pruned");
  CHECK(Plan(pruned) == plan);
  CHECK(loss_of(ModelView(pruned)) == loss_of(ModelView(dense, plan)));
}

TEST_CASE("a forecast knows streams of several widths") {
  const Model model;
  const Calibration calibration{{"block", windows()}, {"width", windows()}};
  const SequentialThreshold<Greedy> policy({.ratio = 30, .mlp_group = 4});
  const Forecast expected = forecast(policy, model.graph(), calibration);
  CHECK(expected.steps > 0);
  CHECK(expected.seconds > 0);
  CHECK(expected.ratio >= 30);
}

TEST_CASE("costs of plans are those of whole passes where the stream narrows", "[narrowing_block]") {
  const Model model;
  const Calibration calibration{{"block", windows()}, {"width", windows()}};
  const bool keeps = GENERATE(false, true);
  EvaluatorOptions options;
  if (!keeps) options.stream_bytes = 0;
  Evaluator evaluator({model.graph(), calibration, {}, options});
  std::vector<Plan> plans{Plan(model.graph())};
  for (Index position = 0; position < model.graph().num_blocks(); ++position) {
    plans.push_back(plans.front());
    plans.back().remove({position});
    plans.push_back(plans.front());
    plans.back().set_width(BlockId{position}, model.graph().width(BlockId{position}) / 2);
  }
  for (int repetition = 0; repetition < 2; ++repetition) {
    const std::vector<PlanCost> costs = evaluator.costs(plans, {});
    for (std::size_t i = 0; i < plans.size(); ++i) {
      CAPTURE(i, repetition);
      CHECK(costs[i].value == Approx(loss_of(ModelView(model.graph(), plans[i]))).epsilon(1e-12));
    }
  }
}

TEST_CASE("a model whose stream narrows is pruned, reordered, compensated and copied", "[narrowing_block]") {
  const Model model;
  const FunnelGraph& dense = model.graph();
  const Calibration calibration{{"block", windows()}, {"width", windows()}};
  const Graph ordered = reorder(dense, order_units<L1>(dense));
  CHECK(loss_of(ModelView(ordered)) == Approx(loss_of(ModelView(dense))).epsilon(1e-5));

  const Pruner<Perplexity, SequentialThreshold<Greedy>, LocalCompensation<StreamMatching>> pruner{
      {.ratio = 40, .mlp_group = 2}};
  const PrunedModel smaller = pruner.compress(ordered, calibration);
  CHECK(smaller.result.outcome == SearchOutcome::reached);
  CHECK(Plan(smaller.graph) == smaller.result.plan);
  CHECK_FALSE(smaller.solved.empty());
  for (const SolvedWeight& weight : smaller.solved) CHECK(weight.after <= weight.before);

  Plan without(dense);
  without.remove(funnel);
  const ModelView view(dense, without);
  const Graph copy = extract(view);
  CHECK_FALSE(copy.has(funnel));
  CHECK(loss_of(ModelView(copy)) == loss_of(view));
}

TEST_CASE("a model whose stream narrows generates what it computes without memory", "[narrowing_block]") {
  const Model model;
  const ModelView view(model.graph());
  const std::vector<TokenId> prompt{1, 5, 9};
  const std::vector<TokenId> generated = generate(view, prompt, {.max_new_tokens = 6});
  std::vector<TokenId> seen = prompt;
  Workspace workspace;
  for (const TokenId token : generated) {
    const auto rows = static_cast<Index>(seen.size());
    const Matrix<float> stream = forward(view, seen, {1, rows}, workspace);
    CHECK(stream.columns() == narrow);
    Matrix<float> logits(1, vocabulary);
    compute_logits(model.graph(), stream.view().row_range(rows - 1, 1), logits.view(), workspace);
    const float* const row = logits.view().data;
    CHECK(token == static_cast<TokenId>(std::max_element(row, row + vocabulary) - row));
    seen.push_back(token);
  }
}

TEST_CASE("statistics of blocks are as wide as what their linears read", "[narrowing_block]") {
  const Model model;
  Workspace workspace;
  const StatisticsNeeds needs{.block_input = {.gram = true}, .output_input = {.moments = true}, .similarity = true};
  const ModelStatistics statistics = gather_statistics(ModelView(model.graph()), windows(), needs, workspace);
  CHECK(statistics.gram(first_attention, Signal::block_input, wide).columns() == wide);
  CHECK(statistics.gram(last_mlp, Signal::block_input, narrow).columns() == narrow);
  CHECK(statistics.moments(funnel, Signal::output_input, 8).columns() == 8);
  CHECK(statistics.at(last_mlp).similarity.has_value());
  CHECK_FALSE(statistics.at(funnel).similarity.has_value());  // streams of different widths cannot be compared
  CHECK_THROWS_WITH(statistics.similarity(funnel), Catch::Contains("changes the width of the stream"));
}
