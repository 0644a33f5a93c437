// SPDX-License-Identifier: MIT
// Pruning inside an inference engine. The engine vendors the headers and keeps everything: its weights stay in its own
// memory and format, its token ids come from its own tokenizer, and its own threads do the work. It lends the library
// views of its weights and takes back a plan: which blocks to skip, and which channels to drop. No file, no copy.
//
//   embed_engine

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <multipruner/multipruner.hpp>

// ---- The engine, which knows nothing of the library
// -------------------------------------------------------------------

struct Engine {
  using Tensor = std::vector<std::uint16_t>;  // bfloat16, row-major, out × in

  struct Layer {
    Tensor attention_norm, query, key, value, attention_output;
    Tensor mlp_norm, gate, up, down;
  };

  static constexpr int vocabulary = 256, hidden = 64, heads = 4, kv_heads = 2, head_size = 16, mlp = 128;

  Tensor embedding, output_norm;
  std::vector<Layer> layers;
};

// Random weights stand in for the engine's own loader.
Engine make_engine() {
  std::uint32_t state = 1;
  const auto random = [&state](int rows, int columns) {
    Engine::Tensor tensor;
    for (int i = 0; i < rows * columns; ++i) {
      state = state * 1664525u + 1013904223u;
      const std::uint32_t sign = state >> 16 & 0x8000u;
      tensor.push_back(static_cast<std::uint16_t>(sign | (0x3d80u + (state >> 8 & 0x7fu))));  // ±[0.06, 0.12)
    }
    return tensor;
  };
  const Engine::Tensor ones(Engine::hidden, 0x3f80u);
  constexpr int kv = Engine::kv_heads * Engine::head_size;
  Engine engine{random(Engine::vocabulary, Engine::hidden), ones, {}};
  for (int i = 0; i < 4; ++i) {
    engine.layers.push_back({ones, random(Engine::hidden, Engine::hidden), random(kv, Engine::hidden),
                             random(kv, Engine::hidden), random(Engine::hidden, Engine::hidden), ones,
                             random(Engine::mlp, Engine::hidden), random(Engine::mlp, Engine::hidden),
                             random(Engine::hidden, Engine::mlp)});
  }
  return engine;
}

// ---- The bridge: what an engine has to write
// --------------------------------------------------------------------------

using namespace multipruner;

// The engine's weights as the library sees them. The graph copies nothing: the engine must outlive it.
Graph borrow(const Engine& engine) {
  DecoderConfig decoder;
  decoder.vocab_size = Engine::vocabulary;
  decoder.hidden_size = Engine::hidden;
  decoder.intermediate_size = Engine::mlp;
  decoder.num_hidden_layers = static_cast<Index>(engine.layers.size());
  decoder.num_attention_heads = Engine::heads;
  decoder.num_key_value_heads = Engine::kv_heads;
  decoder.head_dim = Engine::head_size;
  decoder.tie_word_embeddings = true;
  const ModelConfig config = to_model(decoder);

  const auto view = [](const Engine::Tensor& tensor, Index columns) {
    const Index rows = static_cast<Index>(tensor.size()) / columns;
    return WeightView(tensor.data(), DType::bfloat16, rows, columns, columns);
  };
  Weights weights(config);
  weights.ends[Ends::embed_tokens] = weights.ends[Ends::lm_head] = view(engine.embedding, Engine::hidden);
  weights.ends[Ends::final_norm] = view(engine.output_norm, Engine::hidden);
  for (Index i = 0; i < config.num_hidden_layers; ++i) {
    const Engine::Layer& layer = engine.layers[static_cast<std::size_t>(i)];
    Tensors& attention = weights[*config.blocks.find(i, Attention::name)];
    attention[Attention::norm] = view(layer.attention_norm, Engine::hidden);
    attention[Attention::q_proj] = view(layer.query, Engine::hidden);
    attention[Attention::k_proj] = view(layer.key, Engine::hidden);
    attention[Attention::v_proj] = view(layer.value, Engine::hidden);
    attention[Attention::o_proj] = view(layer.attention_output, Engine::heads * Engine::head_size);
    Tensors& mlp = weights[*config.blocks.find(i, GatedMlp::name)];
    mlp[GatedMlp::norm] = view(layer.mlp_norm, Engine::hidden);
    mlp[GatedMlp::gate_proj] = view(layer.gate, Engine::hidden);
    mlp[GatedMlp::up_proj] = view(layer.up, Engine::hidden);
    mlp[GatedMlp::down_proj] = view(layer.down, Engine::mlp);
  }
  return {config, std::move(weights)};
}

int main() try {
  const Engine engine = make_engine();
  const Graph graph = borrow(engine);
  const BlockId third_mlp = *graph.config().blocks.find(2, GatedMlp::name);
  if (output_matrix(graph, third_mlp).data != engine.layers[2].down.data()) return 1;  // it is the engine's own memory

  // Token ids from wherever the engine gets them; here the engine counts.
  std::vector<TokenId> tokens;
  for (TokenId i = 0; i < 512; ++i) tokens.push_back(i * i % Engine::vocabulary);
  const Calibration calibration = make_calibration(tokens, Engine::vocabulary, {.length = 64});

  // All parallel work happens on these threads; an oneapi::tbb::task_arena of the engine does just as well.
  ThreadArena arena(2);
  const UnitOrder order = order_units<L1>(graph);
  const PruningResult result = arena.execute([&] {
    const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 25, .mlp_group = 16}};
    return pruner.prune(reorder(graph, order), calibration);
  });

  // A plan counts channels and groups in the order of importance that it was made with; `order` leads back to the
  // engine's.
  std::printf("Without %.1f %% of the parameters:\n", result.ratio);
  for (Index position = 0; position < result.plan.num_blocks(); ++position) {
    const BlockId block{position};
    const Index width = result.plan.width(block);
    if (width == graph.width(block)) continue;
    std::printf("%s: ", graph.label(block).c_str());
    if (width == 0) {
      std::printf("skip it\n");
      continue;
    }
    const std::vector<Index>& units = order[static_cast<std::size_t>(position)].front();
    std::vector<Index> dropped(units.begin() + width / graph.unit_width(block), units.end());
    std::ranges::sort(dropped);
    std::printf("keep %td of %td channels; drop %s", width, graph.width(block),
                graph.spec(block).is<GatedMlp>() ? "channels" : "key/value heads");
    for (const Index unit : dropped) std::printf(" %td", unit);
    std::printf("\n");
  }
  return result.outcome == SearchOutcome::reached ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
