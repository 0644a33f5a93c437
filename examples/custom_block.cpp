// SPDX-License-Identifier: MIT
// A kind of residual block of one's own, in one file: the parallel block of Phi-2 (GPT-J's is much the same), where
// attention and an MLP read the same LayerNorm and both add to the stream, x ← x + Attention(n) + Mlp(n). It has two
// axes of units. Everything else comes from the library: loading, the search, orders of channels and heads,
// compensation, files, text generation.
//
//   custom_block [MODEL [FOLDER]]
//
// MODEL is a checkpoint of transformers' PhiForCausalLM. Where logits of transformers lie beside it
// (golden.safetensors), they are compared. FOLDER is where the smaller model goes.

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <utility>
#include <vector>

#include <multipruner/multipruner.hpp>

using namespace multipruner;

// What such a block is before anything was pruned.
struct ParallelSpec {
  Index num_attention_heads = 0, num_key_value_heads = 0, head_dim = 0;
  Index intermediate_size = 0;
  Index rotary_dim = 0;  // channels of a head that are rotated, the first ones
  double layer_norm_eps = 1e-5;
  RopeConfig rope{};

  [[nodiscard]] Index width() const { return num_attention_heads * head_dim; }
  [[nodiscard]] Index heads_per_group() const { return num_attention_heads / num_key_value_heads; }
};

// The kind: tables of its tensors and axes, and a few functions. Stages of a search find axes by their names.
struct ParallelBlock {
  using Spec = ParallelSpec;

  static constexpr std::string_view name = "parallel block", file_key = "parallel";

  enum Tensor : std::size_t {
    norm,
    norm_bias,
    q_proj,
    q_bias,
    k_proj,
    k_bias,
    v_proj,
    v_bias,
    dense,
    dense_bias,
    fc1,
    fc1_bias,
    fc2,
    fc2_bias
  };
  enum Axis : std::uint8_t { heads, channels };
  enum Input : std::uint8_t { normed, attention_output, mlp_output };

  static constexpr std::array<std::string_view, 3> inputs{"normed", "attention_output", "mlp_output"};
  static constexpr std::array<AxisInfo, 2> axes{
      {{.name = "attention heads", .file_key = "attn"}, {.name = "MLP channels", .file_key = "mlp"}}};

  static constexpr std::array<Slot, 14> slots{{
      norm_slot("norm"),
      norm_slot("norm_bias"),
      linear_slot("q_proj", heads),
      bias_slot("q_bias", heads),
      linear_slot("k_proj", heads),
      bias_slot("k_bias", heads),
      linear_slot("v_proj", heads),
      bias_slot("v_bias", heads),
      output_slot("dense", heads, attention_output),
      output_bias_slot("dense_bias", heads, attention_output),
      linear_slot("fc1", channels),
      bias_slot("fc1_bias", channels),
      output_slot("fc2", channels, mlp_output),
      output_bias_slot("fc2_bias", channels, mlp_output),
  }};

  // Extents that go with an axis, of the unpruned block.
  static SlotShape shape(const Spec& spec, std::size_t slot) {
    const bool key_or_value = slot == k_proj || slot == k_bias || slot == v_proj || slot == v_bias;
    const Index extent = slots[slot].axis == channels ? spec.intermediate_size
                         : key_or_value               ? spec.num_key_value_heads * spec.head_dim
                                                      : spec.width();
    return {extent, extent};
  }

  static AxisSize axis(const Spec& spec, std::size_t axis) {
    return axis == heads ? AxisSize{spec.width(), spec.heads_per_group() * spec.head_dim}
                         : AxisSize{spec.intermediate_size, 1};
  }

  static std::optional<SizeProblem> problem(const Spec& spec) {
    if (spec.num_key_value_heads < 1 || spec.num_attention_heads % spec.num_key_value_heads != 0)
      return SizeProblem{"num_key_value_heads", "it does not divide num_attention_heads"};
    if (spec.rotary_dim < 0 || spec.rotary_dim > spec.head_dim || spec.rotary_dim % 2 != 0)
      return SizeProblem{"partial_rotary_factor", "it rotates no even part of a head"};
    return std::nullopt;
  }

  static void describe(const Spec& spec, Fields& fields) {
    fields.add("head_dim", spec.head_dim);
    fields.add("rotary_dim", spec.rotary_dim);
    fields.add("rope_theta", spec.rope.theta);
    fields.add("layer_norm_eps", spec.layer_norm_eps);
  }

  static void run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call) {
    const MatrixView<float> n = call.workspace.normed.resize(call.in.rows, call.in.columns);
    simd::layer_norm(call.in, tensors[norm], tensors[norm_bias], static_cast<float>(spec.layer_norm_eps), n);
    call.observe(normed, n);
    // All is computed before anything is added: the stream may be read and written in the same memory.
    const MatrixView<float> attended =
        choice[heads] > 0 ? attention(spec, choice[heads], tensors, n, call) : MatrixView<float>{};
    const MatrixView<float> activated =
        choice[channels] > 0 ? mlp(choice[channels], tensors, n, call) : MatrixView<float>{};
    if (choice[heads] > 0) call.add(attended, tensors[dense], tensors[dense_bias]);
    if (choice[channels] > 0) call.add(activated, tensors[fc2], tensors[fc2_bias]);
  }

  static std::unique_ptr<BlockState> state(const Spec&, const Choice& choice, Slots tensors, Index capacity) {
    if (choice[heads] == 0) return nullptr;
    return std::make_unique<KeyValueState>(capacity, tensors[k_proj].rows);
  }

  static Index state_bytes(const Spec& spec, const Choice& choice, Index capacity) {
    return product_of_sizes("key/value cache", {2, sizeof(float), capacity, choice[heads] / spec.heads_per_group()});
  }

 private:
  static MatrixView<float> attention(const Spec& spec, Index width, Slots tensors, MatrixView<const float> n,
                                     BlockCall& call) {
    const Index kv_width = tensors[k_proj].rows;
    const MatrixView<float> q = call.workspace.buffer(0).resize(n.rows, width);
    const MatrixView<float> k = call.workspace.buffer(1).resize(n.rows, kv_width);
    const MatrixView<float> v = call.workspace.buffer(2).resize(n.rows, kv_width);
    const MatrixView<float> output = call.workspace.buffer(3).resize(n.rows, width);
    call.multiply(n, {{tensors[q_proj], tensors[q_bias], q},
                      {tensors[k_proj], tensors[k_bias], k},
                      {tensors[v_proj], tensors[v_bias], v}});
    const RotaryTable& rotary = call.workspace.rotary(spec.rope, spec.rotary_dim, 1 + call.batch.last_position());
    simd::rotate(q, spec.head_dim, call.batch.positions(), rotary.cosines(), rotary.sines());
    simd::rotate(k, spec.head_dim, call.batch.positions(), rotary.cosines(), rotary.sines());

    call.workspace.segments.clear();
    for (std::size_t i = 0; i < call.batch.sequences().size(); ++i) {
      const auto& [first, rows] = call.batch.sequences()[i];
      if (rows == 0) continue;
      KeyValueState::Contents seen{k.row_range(first, rows), v.row_range(first, rows)};
      if (!call.states.empty()) {
        const Index before = call.batch.positions()[static_cast<std::size_t>(first)];
        seen = dynamic_cast<KeyValueState&>(*call.states[i]).append(before, seen.keys, seen.values);
      }
      call.workspace.segments.push_back(
          {q.row_range(first, rows), seen.keys, seen.values, output.row_range(first, rows)});
    }
    const float scale = 1.0f / std::sqrt(static_cast<float>(spec.head_dim));
    simd::causal_attention(call.workspace.segments,
                           {width / spec.head_dim, kv_width / spec.head_dim, spec.head_dim, scale},
                           call.workspace.compute());
    call.observe(attention_output, output);
    return output;
  }

  static MatrixView<float> mlp(Index width, Slots tensors, MatrixView<const float> n, BlockCall& call) {
    const MatrixView<float> activated = call.workspace.buffer(4).resize(n.rows, width);
    call.multiply(n, {{tensors[fc1], tensors[fc1_bias], activated}});
    parallel_for(n.rows, [&](Index row) {
      for (float* x = activated.row(row); x < activated.row(row) + width; ++x) {  // GELU, its tanh form
        *x = 0.5f * *x * (1.0f + std::tanh(0.7978845608f * (*x + 0.044715f * *x * *x * *x)));
      }
    });
    call.observe(mlp_output, activated);
    return activated;
  }
};
static_assert(ResidualBlock<ParallelBlock>);

// The family: how its config.json is read, and what its tensors are called.
struct Phi {
  static constexpr std::string_view model_type = "phi";

  static ModelConfig configure(const JsonReader& config) {
    constexpr Bounds<Index> size{1, largest_size};
    ModelConfig model;
    model.model_type = config.require<std::string>("model_type");
    model.vocab_size = config.require<Index>("vocab_size", size);
    model.hidden_size = config.require<Index>("hidden_size", size);
    model.num_hidden_layers = config.require<Index>("num_hidden_layers", {1, 1 << 20});
    model.max_position_embeddings = config.get_or<Index>("max_position_embeddings", 2048);
    model.rms_norm_eps = config.get_or<double>("layer_norm_eps", 1e-5);
    model.final_layer_norm = model.head_bias = true;
    model.eos_token_ids = hugging_face::read_eos_token_ids(config);

    ParallelSpec spec;
    spec.num_attention_heads = config.require<Index>("num_attention_heads", size);
    spec.num_key_value_heads = config.get_or<Index>("num_key_value_heads", spec.num_attention_heads, size);
    spec.head_dim = model.hidden_size / spec.num_attention_heads;
    spec.intermediate_size = config.require<Index>("intermediate_size", size);
    const JsonReader rope = config.optional_object("rope_parameters").value_or(config);  // since transformers 5
    spec.rotary_dim =
        static_cast<Index>(rope.get_or<double>("partial_rotary_factor", 0.5) * static_cast<double>(spec.head_dim));
    spec.rope.theta = rope.get_or<double>("rope_theta", 10000);
    spec.layer_norm_eps = model.rms_norm_eps;

    const BlockSpec block = BlockSpec::of<ParallelBlock>(spec, 0, model.hidden_size);
    std::vector<BlockSpec> blocks;
    for (Index layer = 0; layer < model.num_hidden_layers; ++layer) blocks.push_back(block.in_layer(layer));
    model.blocks = BlockList(std::move(blocks));
    return model;
  }

  static std::string tensor_name(TensorRole role, Index layer) {
    constexpr std::array<std::pair<TensorRole, const char*>, 19> names{
        {{"embed_tokens", "model.embed_tokens.weight"},
         {"final_norm", "model.final_layernorm.weight"},
         {"final_norm_bias", "model.final_layernorm.bias"},
         {"lm_head", "lm_head.weight"},
         {"lm_head_bias", "lm_head.bias"},
         {"norm", "input_layernorm.weight"},
         {"norm_bias", "input_layernorm.bias"},
         {"q_proj", "self_attn.q_proj.weight"},
         {"q_bias", "self_attn.q_proj.bias"},
         {"k_proj", "self_attn.k_proj.weight"},
         {"k_bias", "self_attn.k_proj.bias"},
         {"v_proj", "self_attn.v_proj.weight"},
         {"v_bias", "self_attn.v_proj.bias"},
         {"dense", "self_attn.dense.weight"},
         {"dense_bias", "self_attn.dense.bias"},
         {"fc1", "mlp.fc1.weight"},
         {"fc1_bias", "mlp.fc1.bias"},
         {"fc2", "mlp.fc2.weight"},
         {"fc2_bias", "mlp.fc2.bias"}}};
    for (const auto& [known, name] : names) {
      if (known == role) return (layer < 0 ? "" : "model.layers." + std::to_string(layer) + ".") + name;
    }
    throw OptionError(std::string(role.name()), "PhiForCausalLM has no such tensor", "Give it a name");
  }
};
static_assert(Architecture<Phi>);

// The largest difference of the model's logits to those of transformers, for the tokens that the golden file has.
double difference_to_transformers(const Graph& graph, const std::filesystem::path& golden) {
  const SafetensorsFile file(golden);
  const std::vector<float> expected = file.values<float>("logits");
  const auto length = static_cast<Index>(expected.size()) / graph.config().vocab_size;
  std::vector<TokenId> tokens;
  for (Index i = 0; i < length; ++i) tokens.push_back(static_cast<TokenId>(i * 7 % graph.config().vocab_size));
  Workspace workspace;
  const Matrix<float> stream = forward(ModelView(graph), tokens, {1, length}, workspace);
  Matrix<float> logits(length, graph.config().vocab_size);
  compute_logits(graph, stream.view(), logits.view(), workspace);
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest =
        std::max(largest, std::abs(static_cast<double>(logits.view().data[i]) - static_cast<double>(expected[i])));
  }
  return largest;
}

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/phi-random";
  const std::filesystem::path folder = argc > 2 ? argv[2] : "phi-smaller";
  const Graph dense = load<Phi>(model);
  if (std::filesystem::exists(model / "golden.safetensors")) {
    const double difference = difference_to_transformers(dense, model / "golden.safetensors");
    std::printf("logits differ from those of transformers by %.1e at most\n", difference);
    if (!(difference < 1e-4)) return 1;
  }

  std::vector<TokenId> tokens(1024);
  for (std::size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = static_cast<TokenId>(i * i * 7 % static_cast<std::size_t>(dense.config().vocab_size));
  const Calibration calibration = make_calibration(tokens, dense.config().vocab_size, {.length = 64});

  // The sentence of every model: order units, remove blocks, channels and heads, make up for the loss, write it down.
  const Graph ordered = reorder(dense, order_units<L1>(dense));
  const Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching> pruner{{.ratio = 40, .mlp_group = 8}};
  const PrunedModel smaller = pruner.compress(ordered, calibration);
  for (const PruningStep& step : smaller.result.steps) {
    const auto& [block, choice] = step.search.edit.front();
    std::printf("%5.2f %%  %s keeps %td query channels and %td MLP channels\n", step.search.ratio,
                dense.label(block).c_str(), choice[ParallelBlock::heads], choice[ParallelBlock::channels]);
  }
  save(smaller.graph, folder, {.overwrite = true, .reordering = "l1"});

  // What was written computes what was made, to the last bit, and writes text like any model.
  const Graph loaded = load<Phi, Llama>(folder);
  std::printf("perplexity %.2f, %.2f after pruning\n", perplexity(ModelView(dense), calibration.front()),
              perplexity(ModelView(loaded), calibration.front()));
  std::printf("it goes on:");
  for (const TokenId token : generate(ModelView(loaded), std::span(tokens).first(8), {.max_new_tokens = 8}))
    std::printf(" %d", token);
  std::printf("\n");
  return perplexity(ModelView(loaded), calibration.front()) == perplexity(ModelView(smaller.graph), calibration.front())
             ? 0
             : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
