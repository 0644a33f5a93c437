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
  ModelConfig config;
  config.vocab_size = Engine::vocabulary;
  config.hidden_size = Engine::hidden;
  config.intermediate_size = Engine::mlp;
  config.num_hidden_layers = static_cast<Index>(engine.layers.size());
  config.num_attention_heads = Engine::heads;
  config.num_key_value_heads = Engine::kv_heads;
  config.head_dim = Engine::head_size;
  config.tie_word_embeddings = true;

  const auto view = [](const Engine::Tensor& tensor, Index columns) {
    const Index rows = static_cast<Index>(tensor.size()) / columns;
    return WeightView(tensor.data(), DType::bfloat16, rows, columns, columns);
  };
  Weights weights;
  weights.embed_tokens = weights.lm_head = view(engine.embedding, Engine::hidden);
  weights.final_norm = view(engine.output_norm, Engine::hidden);
  for (const Engine::Layer& layer : engine.layers) {
    LayerWeights& lent = weights.layers.emplace_back();
    lent.attention_norm = view(layer.attention_norm, Engine::hidden);
    lent.attention = AttentionWeights{.q_proj = view(layer.query, Engine::hidden),
                                      .k_proj = view(layer.key, Engine::hidden),
                                      .v_proj = view(layer.value, Engine::hidden),
                                      .o_proj = view(layer.attention_output, Engine::heads * Engine::head_size)};
    lent.mlp_norm = view(layer.mlp_norm, Engine::hidden);
    lent.mlp = MlpWeights{.gate_proj = view(layer.gate, Engine::hidden),
                          .up_proj = view(layer.up, Engine::hidden),
                          .down_proj = view(layer.down, Engine::mlp)};
  }
  return {std::move(config), std::move(weights)};
}

int main() try {
  const Engine engine = make_engine();
  const Graph graph = borrow(engine);
  if (graph.layer(2).mlp->down_proj.data != engine.layers[2].down.data()) return 1;  // it is the engine's own memory

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
    const BlockId block = block_at(position);
    const Index width = result.plan.width(block);
    if (width == graph.width(block)) continue;
    std::printf("layer %td %s: ", block.layer, name_of(block.kind).data());
    if (width == 0) {
      std::printf("skip it\n");
      continue;
    }
    const bool is_mlp = block.kind == BlockKind::mlp;
    const std::vector<Index>& units = order[static_cast<std::size_t>(position)];
    std::vector<Index> dropped(units.begin() + (is_mlp ? width : width / graph.config().group_width()), units.end());
    std::ranges::sort(dropped);
    std::printf("keep %td of %td channels; drop %s", width, graph.width(block),
                is_mlp ? "channels" : "key/value heads");
    for (const Index unit : dropped) std::printf(" %td", unit);
    std::printf("\n");
  }
  return result.outcome == SearchOutcome::reached ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
