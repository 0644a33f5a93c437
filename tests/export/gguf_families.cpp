// SPDX-License-Identifier: MIT
// Families besides Llama's as GGUF files: what is written, and what is refused because llama.cpp would compute
// something else. That it computes the same of the rest is checked by tests/oracle/exports_llama_cpp.py.

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/gguf_family_models.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/io/gguf_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

GgufFamilyModel family_model(const std::string& name) {
  return find_family_model(name).value();
}

using Shapes = std::map<std::string, std::vector<Index>>;

Shapes shapes_of(const GgufFile& file) {
  Shapes shapes;
  for (const GgufTensorInfo& tensor : file.tensors()) shapes[tensor.name] = tensor.shape;
  return shapes;
}

/// The tensors that llama.cpp (src/models, load_arch_tensors) creates for the keys of a file; it takes no others.
Shapes shapes_of_llama_cpp(const GgufFile& file, const GgufFamilyModel& model) {
  const std::string& name = model.architecture;
  const auto size = [&](const char* key) { return file.key(name + "." + key).integer(); };
  const auto has = [&](const char* key) { return model.config.value(key, false); };
  const Index hidden = size("embedding_length"), width = size("feed_forward_length"), vocab = size("vocab_size");
  const Index head = size("attention.key_length"), queries = size("attention.head_count") * head;
  const Index keys = size("attention.head_count_kv") * head;
  Shapes shapes{{"token_embd.weight", {vocab, hidden}}, {"output_norm.weight", {hidden}}};
  if (!has("tie_word_embeddings")) shapes["output.weight"] = {vocab, hidden};
  if (model.name == "granite-biases") shapes["rope_freqs.weight"] = {head / 2};
  if (model.name == "phi3-longrope") {
    shapes["rope_factors_long.weight"] = shapes["rope_factors_short.weight"] = {head / 2};
  }
  for (Index i = 0; i < size("block_count"); ++i) {
    const std::string layer = "blk." + std::to_string(i) + ".";
    const auto add = [&](const char* tensor, std::vector<Index> shape) { shapes[layer + tensor] = std::move(shape); };
    const bool has_post_norms = name == "gemma2" || name == "gemma3" || name == "olmo2";
    for (const char* norm : {"attn_norm.weight", "ffn_norm.weight"}) {
      if (name != "olmo2") add(norm, {hidden});
    }
    for (const char* norm : {"post_attention_norm.weight", "post_ffw_norm.weight"}) {
      if (has_post_norms) add(norm, {hidden});
    }
    if (name == "qwen3" || name == "gemma3" || name == "olmo2") {
      add("attn_q_norm.weight", {name == "olmo2" ? queries : head});
      add("attn_k_norm.weight", {name == "olmo2" ? keys : head});
    }
    if (name == "phi3") {
      add("attn_qkv.weight", {queries + 2 * keys, hidden});
      add("ffn_up.weight", {2 * width, hidden});
    } else {
      add("attn_q.weight", {queries, hidden});
      for (const char* tensor : {"attn_k.weight", "attn_v.weight"}) add(tensor, {keys, hidden});
      for (const char* tensor : {"ffn_gate.weight", "ffn_up.weight"}) add(tensor, {width, hidden});
    }
    add("attn_output.weight", {hidden, queries});
    add("ffn_down.weight", {hidden, width});
    if (has("attention_bias")) {
      add("attn_q.bias", {queries});
      for (const char* tensor : {"attn_k.bias", "attn_v.bias"}) add(tensor, {keys});
      add("attn_output.bias", {hidden});
    }
    if (!has("mlp_bias")) continue;
    for (const char* tensor : {"ffn_gate.bias", "ffn_up.bias"}) add(tensor, {width});
    add("ffn_down.bias", {hidden});
  }
  return shapes;
}

/// The values of a tensor in float32.
std::vector<float> values_of(const GgufFile& file, const std::string& name) {
  const WeightView view = file.weight(name).view;
  REQUIRE(view.dtype == DType::float32);
  const auto* const values = static_cast<const float*>(view.data);
  return {values, values + view.rows * view.columns};
}

/// Those of some tensors of a checkpoint, one behind the other.
std::vector<float> values_of(const Checkpoint& checkpoint, const std::vector<std::string>& names) {
  std::vector<float> all;
  for (const std::string& name : names) {
    const WeightView view = checkpoint.get(name).view;
    const auto* const values = static_cast<const float*>(view.data);
    all.insert(all.end(), values, values + view.rows * view.columns);
  }
  return all;
}

/// A folder with a model, another file than which is written or refused.
struct Written {
  explicit Written(const GgufFamilyModel& model) {
    model.write(directory / "model");
    graph.emplace(load<>(directory / "model"));
  }

  GgufFile file(const Plan& plan, const GgufExporter& format = {}) const {
    format.write_file(ModelView(*graph, plan), directory / "model.gguf");
    return GgufFile(directory / "model.gguf");
  }

  void refuses(const Plan& plan, const std::vector<std::string>& words) const {
    expect_error<OptionError>([&] { GgufExporter{}.require_exportable(ModelView(*graph, plan)); }, words);
  }

  TemporaryDirectory directory;
  std::optional<Graph> graph;
};

/// The same model with other entries of config.json; what is null is switched off.
GgufFamilyModel with(const std::string& name, const nlohmann::json& entries) {
  GgufFamilyModel model = family_model(name);
  model.config.update(entries);
  return model;
}

}  // namespace

TEST_CASE("families whose layers are alike go into GGUF files, with the tensors that llama.cpp asks for") {
  for (const GgufFamilyModel& model : gguf_family_models()) {
    const Written written(model);
    for (const char* kind : {"whole", "narrow", "short"}) {
      CAPTURE(model.name, kind);
      const ModelView view(*written.graph, model.plan(*written.graph, kind));
      const GgufExporter format;
      save_as(format, view, written.directory / kind);  // which reads it back
      const GgufFile file(written.directory / kind / "model.gguf");
      CHECK(file.key("general.architecture").string() == model.architecture);
      CHECK((shapes_of(file) == shapes_of_llama_cpp(file, model)));
      CHECK(format.bytes(view) == static_cast<Index>(std::filesystem::file_size(file.path())));

      const Graph read = format.read_back(written.directory / kind);
      CHECK(read.config().model_type == (model.name == "baichuan" ? "llama" : model.config["model_type"]));
      const double difference = largest_difference(window_logits(view), window_logits(ModelView(read)));
      const bool is_rounded = model.architecture.starts_with("gemma") || model.name == "baichuan" ||
                              model.name == "phi3-longrope";  // attention_factor
      CHECK(difference <= (is_rounded ? 1e-4 : 0));
    }
  }
}

TEST_CASE("norms of Gemma have the 1 in them that the family adds") {
  const Written written(family_model("gemma3"));
  const GgufFile file = written.file(Plan(*written.graph));
  const Checkpoint checkpoint(written.directory / "model");
  for (const auto& [name, of_model] :
       std::map<std::string, std::string>{{"output_norm", "model.norm"},
                                          {"blk.2.attn_norm", "model.layers.2.input_layernorm"},
                                          {"blk.2.attn_q_norm", "model.layers.2.self_attn.q_norm"},
                                          {"blk.2.ffn_norm", "model.layers.2.pre_feedforward_layernorm"},
                                          {"blk.2.post_ffw_norm", "model.layers.2.post_feedforward_layernorm"}}) {
    CAPTURE(name);
    std::vector<float> expected = values_of(checkpoint, {of_model + ".weight"});
    for (float& value : expected) value += 1;
    CHECK(values_of(file, name + ".weight") == expected);
  }
  CHECK(values_of(file, "token_embd.weight") == values_of(checkpoint, {"model.embed_tokens.weight"}));
}

TEST_CASE("tensors that are fused in Phi-3 are fused in its files, in all types, also where zeros stand between them") {
  const Written written(family_model("phi3"));
  const Checkpoint checkpoint(written.directory / "model");
  const Plan whole(*written.graph);
  const GgufFile file = written.file(whole);
  CHECK(values_of(file, "blk.1.attn_qkv.weight") ==
        values_of(checkpoint, {"model.layers.1.self_attn.qkv_proj.weight"}));
  const std::vector<float> gate_up = values_of(checkpoint, {"model.layers.1.mlp.gate_up_proj.weight"});
  CHECK(values_of(file, "blk.1.ffn_up.weight") == gate_up);

  const std::vector<float> padded = values_of(written.file(whole, {.width_multiple = 64}), "blk.1.ffn_up.weight");
  constexpr Index columns = 32, width = 40, wide = 64;
  REQUIRE(std::ssize(padded) == 2 * wide * columns);
  const auto is_same = [&](Index row, Index from) {
    return std::equal(padded.begin() + row * columns, padded.begin() + (row + width) * columns,
                      gate_up.begin() + from * columns);
  };
  CHECK((is_same(0, 0) && is_same(wide, width)));
  CHECK(std::all_of(padded.begin() + width * columns, padded.begin() + wide * columns,
                    [](float value) { return value == 0; }));
  for (const GgufType type : {GgufType::f16, GgufType::bf16, GgufType::q8_0}) {
    CAPTURE(type);
    const GgufExporter format{.type = type, .width_multiple = 32};
    save_as(format, ModelView(*written.graph), written.directory / std::to_string(static_cast<int>(type)));
  }
}

TEST_CASE("families in half precision, and in eight bits, come back within what these hold") {
  const std::string name = GENERATE("gemma2", "granite-biases", "olmo2", "baichuan");
  const Written written(family_model(name));
  for (const GgufType type : {GgufType::f16, GgufType::q8_0}) {
    CAPTURE(name, type);
    save_as(GgufExporter{.type = type, .width_multiple = 32}, ModelView(*written.graph),
            written.directory / std::to_string(static_cast<int>(type)));
  }
}

TEST_CASE("rows of a head that is normed are normed in the file, and layers of Baichuan may differ") {
  const Written written(family_model("baichuan"));
  const Graph& graph = *written.graph;
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.set_width(mlp_of(2), 3);
  const GgufFile file = written.file(plan);
  CHECK(file.key("general.architecture").string() == "deci");
  const std::vector<float> head = values_of(file, "output.weight");
  for (Index row = 0; row < 61; ++row) {
    double squares = 0;
    for (Index i = 0; i < 32; ++i) squares += std::pow(head[static_cast<std::size_t>(row * 32 + i)], 2.0);
    CHECK(squares == Approx(1).epsilon(1e-5));
  }
  const Graph read = load<>(written.directory / "model.gguf");
  CHECK(largest_difference(window_logits(ModelView(graph, plan)), window_logits(ModelView(read))) < 1e-5);
}

TEST_CASE("layers that differ are refused for families whose layers are alike in llama.cpp") {
  for (const std::string name : {"qwen3", "gemma", "phi3", "olmo2", "granite"}) {
    CAPTURE(name);
    const Written written(family_model(name));
    const std::string type = family_model(name).config["model_type"];
    Plan narrow(*written.graph);
    narrow.set_width(mlp_of(3), 16);
    written.refuses(narrow, {"gguf: layer 3", type, "alike", "--target gguf", "hf"});
    Plan without_block(*written.graph);
    without_block.remove(mlp_of(7));
    written.refuses(without_block, {"gguf: layer 7", type, "other block", "--target gguf"});
    Plan nothing(*written.graph);
    for (Index position = 0; position < nothing.num_blocks(); ++position) nothing.remove({position});
    written.refuses(nothing, {"gguf: the model", "no layer"});
  }
  for (const std::string name : {"phi3", "olmo2"}) {
    CAPTURE(name);
    const Written written(family_model(name));
    Plan fewer_heads(*written.graph);
    for (Index layer = 0; layer < 8; ++layer) fewer_heads.set_width(attention_of(layer), 16);
    written.refuses(fewer_heads, {"gguf: layer 0", "as wide as the stream"});
  }
}

TEST_CASE("attention and an MLP of different layers are one layer of the file") {
  const Written written(family_model("qwen3"));
  Plan plan(*written.graph);
  plan.remove(mlp_of(1));
  plan.remove(attention_of(2));
  const GgufFile file = written.file(plan);
  CHECK(file.key("qwen3.block_count").integer() == 7);
  CHECK(file.key("multipruner.layer_map").integers() == std::vector<Index>{0, 0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7});
}

TEST_CASE("plans by which a layer would be of another kind in llama.cpp are refused by name") {
  const auto refuses = [](const std::string& name, const std::vector<Index>& layers,
                          const std::vector<std::string>& words) {
    CAPTURE(name);
    const Written written(family_model(name));
    written.refuses(without_layers(*written.graph, layers), words);
  };
  refuses("gemma2", {1}, {"gguf: layer 2", "layer 1 of the file", "no sliding window", "5", "--target gguf"});
  refuses("gemma2", {2}, {"gguf: layer 3", "layer 2 of the file", "sliding window of 5", "none"});
  refuses("gemma3", {0}, {"gguf: layer 5", "layer 4 of the file", "sliding window of 5"});
  refuses("smollm3", {0}, {"gguf: layer 3", "layer 2 of the file", "llama.cpp has positions"});
  refuses("smollm3", {3}, {"gguf: layer 4", "layer 3 of the file", "llama.cpp has no positions"});
}

TEST_CASE("what llama.cpp computes otherwise for a family is refused by name") {
  const auto refuses = [](const std::string& name, const nlohmann::json& entries,
                          const std::vector<std::string>& words) {
    CAPTURE(name, entries.dump());
    const Written written(with(name, entries));
    written.refuses(Plan(*written.graph), words);
  };
  refuses("qwen3", {{"attention_bias", true}}, {"gguf: layer 0", "biases"});
  refuses("qwen3", {{"use_sliding_window", true}, {"sliding_window", 5}, {"max_window_layers", 2}},
          {"gguf: layer 2", "no sliding window", "5"});
  refuses("qwen3", {{"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}}}, {"gguf", "yarn"});
  refuses("smollm3",
          {{"rope_scaling",
            {{"rope_type", "llama3"},
             {"factor", 8.0},
             {"low_freq_factor", 1.0},
             {"high_freq_factor", 4.0},
             {"original_max_position_embeddings", 32}}}},
          {"gguf", "llama3"});
  refuses("smollm3", {{"no_rope_layer_interval", 2}}, {"gguf: layer 1", "llama.cpp has positions"});
  refuses("gemma", {{"tie_word_embeddings", false}}, {"gguf: the model", "the embedding for the head"});
  refuses("olmo2", {{"tie_word_embeddings", true}}, {"gguf: the model", "not the embedding"});
  refuses("gemma2", {{"query_pre_attn_scalar", 12}}, {"gguf: layer 0", "scales its scores"});
  refuses("gemma2", {{"num_hidden_layers", 46}}, {"gguf: layer 0", "scales its scores"});  // by 32 / 4 heads
  refuses("gemma2", {{"attn_logit_softcapping", nullptr}}, {"gguf: layer 0", "soft cap of scores"});
  refuses("gemma2", {{"final_logit_softcapping", nullptr}}, {"gguf: the model", "caps the logits"});
  refuses("gemma2", {{"sliding_window", nullptr}}, {"gguf: the model", "sliding window"});
  refuses("gemma3", {{"attn_logit_softcapping", 3.0}}, {"gguf: layer 0", "soft cap of scores"});
  refuses("gemma3", {{"sliding_window_pattern", 3}}, {"gguf: layer 2", "sliding window of 5", "none"});
  refuses("granite", {{"hidden_act", "gelu"}}, {"gguf: layer 0", "activation"});
  refuses("baichuan", {{"max_position_embeddings", nullptr}}, {"gguf: layer 0", "ALiBi"});
  refuses("baichuan", {{"tie_word_embeddings", true}}, {"gguf: the model", "normed rows"});
  refuses("phi3-longrope", {{"rope_scaling", {{"type", "longrope"}, {"short_factor", {1, 2, 3, 4}}}}},
          {"gguf: rope_scaling of config.json", "long_factor", "4 numbers"});
  const Graph graph = load<>(source_path("tests/data/families/llama-gelu"));
  expect_error<OptionError>([&] { GgufExporter{}.require_exportable(ModelView(graph)); },
                            {"gguf: layer 0", "activation"});
}

TEST_CASE("longrope of a file has the factors of short and of long texts, and the length of these") {
  const Written written(family_model("phi3-longrope"));
  const GgufFile file = written.file(Plan(*written.graph));
  CHECK(values_of(file, "rope_factors_short.weight") == std::vector<float>{1.0F, 1.05F, 1.3F, 2.5F});
  CHECK(values_of(file, "rope_factors_long.weight") == std::vector<float>{2.0F, 3.1F, 5.0F, 9.9F});
  CHECK(file.key("phi3.context_length").integer() == 1024);
  CHECK(file.key("phi3.rope.scaling.original_context_length").integer() == 512);
  CHECK(file.key("phi3.rope.scaling.attn_factor").number() == Approx(std::sqrt(1 + 1.0 / 9)));

  const Graph read = load<>(written.directory / "model.gguf");  // can be written again
  GgufExporter{}.write_file(ModelView(read), written.directory / "again.gguf");
  const GgufFile again(written.directory / "again.gguf");
  for (const char* name : {"rope_factors_short.weight", "rope_factors_long.weight", "blk.2.attn_qkv.weight"}) {
    CHECK(values_of(again, name) == values_of(file, name));
  }
  CHECK(again.key("phi3.context_length").integer() == 1024);
}

TEST_CASE("a Gemma 2 with as many layers as that of 27B scales its scores as that does") {
  const Written written(with("gemma2", {{"num_hidden_layers", 46}, {"query_pre_attn_scalar", 8}}));
  save_as(GgufExporter{}, ModelView(*written.graph), written.directory / "gguf");
  written.refuses(without_layers(*written.graph, {44, 45}), {"gguf: layer 0", "scales its scores"});
}
