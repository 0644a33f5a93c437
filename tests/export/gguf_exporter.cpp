// SPDX-License-Identifier: MIT
// Plans of all shapes as GGUF files. What llama.cpp makes of them is checked by tests/oracle/exports_llama_cpp.py.

#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::filesystem::path model_folder(const std::string& model) {
  return source_path("tests/data/arch/" + model);
}

/// Without the first attention, the MLP of layer 1, all but one channel of layer 2's, and all but one group of the last
/// attention's.
Plan mixed_plan(const Graph& graph) {
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.remove(mlp_of(1));
  plan.set_width(mlp_of(2), 1);
  plan.set_width(attention_of(3), graph.unit_width(attention_of(3)));
  return plan;
}

/// What the reader of llama.cpp (deci) makes of the keys: tensors that it asks for, and their shapes. Others are an
/// error.
std::map<std::string, std::vector<Index>> tensors_of_deci(const GgufFile& file, bool tied, bool qkv_bias) {
  const auto key = [&](const char* name) -> const GgufEntry& { return file.key(std::string("deci.") + name); };
  const Index hidden = key("embedding_length").integer(), head = key("attention.key_length").integer();
  const std::vector<Index> heads = key("attention.head_count").integers();
  const std::vector<Index> key_values = key("attention.head_count_kv").integers();
  const std::vector<Index> widths = key("feed_forward_length").integers();
  const Index layers = key("block_count").integer(), vocab = key("vocab_size").integer();
  CHECK(std::ssize(heads) == layers);
  CHECK(std::ssize(key_values) == layers);
  CHECK(std::ssize(widths) == layers);
  CHECK(heads.at(0) > 0);  // or the size of heads is 0 everywhere
  std::map<std::string, std::vector<Index>> tensors{{"token_embd.weight", {vocab, hidden}},
                                                    {"output_norm.weight", {hidden}}};
  if (!tied) tensors["output.weight"] = {vocab, hidden};
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const std::string layer = "blk." + std::to_string(i) + ".";
    CHECK(widths[i] > 0);  // or llama.cpp drops the attention of the layer
    tensors[layer + "ffn_norm.weight"] = {hidden};
    tensors[layer + "ffn_gate.weight"] = tensors[layer + "ffn_up.weight"] = {widths[i], hidden};
    tensors[layer + "ffn_down.weight"] = {hidden, widths[i]};
    if (heads[i] == 0) continue;
    CHECK(heads[i] % key_values[i] == 0);
    tensors[layer + "attn_norm.weight"] = {hidden};
    tensors[layer + "attn_q.weight"] = {heads[i] * head, hidden};
    tensors[layer + "attn_k.weight"] = tensors[layer + "attn_v.weight"] = {key_values[i] * head, hidden};
    tensors[layer + "attn_output.weight"] = {hidden, heads[i] * head};
    if (!qkv_bias) continue;
    tensors[layer + "attn_q.bias"] = {heads[i] * head};
    tensors[layer + "attn_k.bias"] = tensors[layer + "attn_v.bias"] = {key_values[i] * head};
  }
  return tensors;
}

}  // namespace

TEST_CASE("a GGUF file has the model that the plan leaves") {
  const std::string model =
      GENERATE("llama-gqa", "llama-mha", "llama-all-biases", "llama-head-dim", "llama-gqa-bf16-sharded",
               "llama-gqa-f16-sharded", "llama-gqa-tied-rope-llama3", "qwen2", "qwen2-untied");
  const Graph graph = load<>(model_folder(model));
  for (unsigned seed = 0; seed < 10; ++seed) {
    CAPTURE(model, seed);
    const ModelView view(graph, random_plan(graph, seed));
    const TemporaryDirectory directory;
    const GgufExporter format;
    save_as(format, view, directory / "gguf");  // which reads it back
    const Graph written = format.read_back(directory / "gguf");
    CHECK(largest_difference(window_logits(view), window_logits(ModelView(written))) < 1e-4);
    CHECK(format.bytes(view) == static_cast<Index>(std::filesystem::file_size(directory / "gguf/model.gguf")));
  }
}

TEST_CASE("types, and widths that are multiples, change no more than they have to") {
  const Graph graph = load<>(model_folder("llama-gqa"));
  const ModelView view(graph, mixed_plan(graph));
  const TemporaryDirectory directory;
  const auto type = GENERATE(GgufType::f32, GgufType::f16, GgufType::bf16, GgufType::q8_0);
  const GgufExporter format{.type = type, .width_multiple = 32};
  save_as(format, view, directory / "gguf");
  const GgufFile file(directory / "gguf/model.gguf");
  CHECK(file.get("blk.0.ffn_up.weight").type == type);
  CHECK(file.get("blk.0.ffn_norm.weight").type == GgufType::f32);
  for (const Index width : file.key("deci.feed_forward_length").integers()) CHECK(width % 32 == 0);
  CHECK(format.padding(view).written > GgufExporter{}.padding(view).written);
}

TEST_CASE("rows that are no whole blocks are f16 in q8_0") {
  const Graph graph = load<>(model_folder("llama-gqa"));
  const TemporaryDirectory directory;
  const ModelView view(graph, mixed_plan(graph));
  GgufExporter{.type = GgufType::q8_0}.write_file(view, directory / "odd.gguf");
  const GgufFile file(directory / "odd.gguf");
  CHECK(file.get("blk.2.ffn_down.weight").type == GgufType::f16);
  CHECK(file.get("blk.2.ffn_up.weight").type == GgufType::q8_0);
}

TEST_CASE("layers that differ are a deci with what its reader asks for") {
  const std::string model = GENERATE("llama-gqa", "qwen2");
  const Graph graph = load<>(model_folder(model));
  const TemporaryDirectory directory;
  GgufExporter{}.write_file(ModelView(graph, mixed_plan(graph)), directory / "model.gguf");
  const GgufFile file(directory / "model.gguf");
  CHECK(file.key("general.architecture").string() == "deci");
  CHECK(file.key("deci.attention.head_count").type() == GgufValueType::int32);  // another ends the reader
  CHECK(file.key("multipruner.layer_map").integers() == std::vector<Index>{-1, 0, 1, -1, 2, 2, 3, 3});
  std::map<std::string, std::vector<Index>> tensors;
  for (const GgufTensorInfo& tensor : file.tensors()) tensors[tensor.name] = tensor.shape;
  CHECK((tensors == tensors_of_deci(file, graph.config().tie_word_embeddings, model == "qwen2")));
}

TEST_CASE("layers that are alike are a llama or a qwen2") {
  const auto architecture = [](const std::string& model, bool all_heads) {
    const Graph graph = load<>(model_folder(model));
    Plan plan(graph);
    for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
      plan.set_width(mlp_of(layer), 33);
      if (!all_heads) plan.set_width(attention_of(layer), graph.unit_width(attention_of(layer)));
    }
    const TemporaryDirectory directory;
    GgufExporter{}.write_file(ModelView(graph, plan), directory / "model.gguf");
    const GgufFile file(directory / "model.gguf");
    const std::string name(file.key("general.architecture").string());
    CHECK(file.key(name + ".feed_forward_length").integer() == 33);
    return name;
  };
  CHECK(architecture("llama-gqa", true) == "llama");
  CHECK(architecture("llama-gqa", false) == "llama");
  CHECK(architecture("qwen2", true) == "qwen2");
  CHECK(architecture("qwen2", false) == "llama");  // llama.cpp has the queries of a qwen2 as wide as the stream
}

TEST_CASE("Llama 3's scaling is the tensor that llama.cpp takes") {
  const Graph graph = load<>(model_folder("llama-gqa-tied-rope-llama3"));
  const TemporaryDirectory directory;
  GgufExporter{}.write_file(ModelView(graph), directory / "model.gguf");
  const GgufFile file(directory / "model.gguf");
  const RopeConfig& rope = graph.spec({0}).as<Attention>()->rope;
  const GgufTensorInfo& tensor = file.get("rope_freqs.weight");
  REQUIRE(tensor.type == GgufType::f32);
  const auto* factors = reinterpret_cast<const float*>(tensor.data.data());
  CHECK(factors[0] == 1.0F);                                                  // short waves stay
  CHECK(factors[tensor.columns() - 1] == Approx(rope.factor).epsilon(1e-6));  // long ones are stretched
  CHECK(file.find("output.weight") == nullptr);
}

TEST_CASE("byte-level BPE goes into the file, with its special tokens and template") {
  const TemporaryDirectory directory;
  std::filesystem::copy(source_path("examples/models/stories-1.6M"), directory / "model");
  write_file(directory / "model/chat_template.jinja", "{{ messages }}");
  write_file(directory / "model/LICENSE", "MIT");
  const Graph graph = load<>(directory / "model");
  save_as(GgufExporter{}, ModelView(graph), directory / "gguf");
  CHECK(read_file(directory / "gguf/LICENSE") == "MIT");
  const GgufFile file(directory / "gguf/model.gguf");
  const auto key = [&](const char* name) -> const GgufEntry& { return file.key(std::string("tokenizer.") + name); };
  CHECK(key("ggml.model").string() == "gpt2");
  CHECK(key("ggml.pre").string() == "llama-bpe");
  CHECK(key("ggml.tokens").count() == 1024);
  CHECK(key("ggml.tokens").strings()[1022] == "<|begin_of_text|>");
  CHECK(key("ggml.token_type").integers()[1022] == 3);
  CHECK(key("ggml.token_type").integers()[5] == 1);
  CHECK(key("ggml.merges").strings()[0] == "h e");
  CHECK(key("ggml.bos_token_id").integer() == 1022);
  CHECK(key("ggml.eos_token_id").integer() == 1023);
  CHECK(key("ggml.add_bos_token").boolean());
  CHECK(key("chat_template").string() == "{{ messages }}");
}

TEST_CASE("other tokenizers go into the file, or are refused by name") {
  const TemporaryDirectory directory;
  std::filesystem::copy(model_folder("qwen2"), directory / "model");
  const auto set_tokenizer = [&](const nlohmann::json& tokenizer) {
    write_json_file(directory / "model/tokenizer.json", tokenizer);
  };
  const Graph graph = load<>(directory / "model");  // 160 tokens
  const ModelView view(graph);
  const auto written = [&](const GgufExporter& format) {
    format.write_file(view, directory / "model.gguf");
    return GgufFile(directory / "model.gguf");
  };
  CHECK(written({}).key("tokenizer.ggml.model").string() == "none");
  write_file(directory / "model/tokenizer.model", "sentences");
  expect_error<OptionError>([&] { (void)written({}); }, {"gguf", "tokenizer.model", "no tokenizer.json"});

  nlohmann::json tokenizer = read_json_file(source_path("tests/data/tokenizers/Q/tokenizer.json"));
  nlohmann::json vocab = nlohmann::json::object();
  for (const auto& [token, id] : tokenizer["model"]["vocab"].items()) {
    if (id < 150) vocab[token] = id;
  }
  tokenizer["model"]["vocab"] = vocab;
  tokenizer["model"]["merges"] = nlohmann::json::array();
  tokenizer["added_tokens"] = {{{"id", 155}, {"content", "<|im_end|>"}, {"special", true}},
                               {{"id", 156}, {"content", "<tool>"}, {"special", false}}};
  set_tokenizer(tokenizer);
  {
    const GgufFile file = written({});
    CHECK(file.key("tokenizer.ggml.pre").string() == "qwen2");
    CHECK_FALSE(file.key("tokenizer.ggml.add_bos_token").boolean());
    const auto types = file.key("tokenizer.ggml.token_type").integers();
    CHECK(std::vector<Index>(types.begin() + 154, types.begin() + 158) == std::vector<Index>{5, 3, 4, 5});
    CHECK(file.key("tokenizer.ggml.tokens").strings()[157] == "[PAD157]");
  }
  tokenizer["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "[a-z]+";
  set_tokenizer(tokenizer);
  expect_error<OptionError>([&] { (void)written({}); }, {"gguf", "tokenizer.json", "pre-tokenizer"});
  CHECK(written({.pre_tokenizer = "chatglm-bpe"}).key("tokenizer.ggml.pre").string() == "chatglm-bpe");

  tokenizer["added_tokens"][0]["id"] = 160;
  set_tokenizer(tokenizer);
  expect_error<DataError>([&] { (void)written({.pre_tokenizer = "qwen2"}); }, {"<|im_end|>", "160"});
  set_tokenizer({{"model", 3}});
  expect_error<DataError>([&] { (void)written({}); }, {"tokenizer.json"});
}

TEST_CASE("SentencePiece's scores are in the order of the merges") {
  const TemporaryDirectory directory;
  std::filesystem::copy(model_folder("llama-gqa"), directory / "model");
  nlohmann::json tokenizer = read_json_file(source_path("tests/data/tokenizers/llama/tokenizer.json"));
  tokenizer["model"]["vocab"] = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}, {"<0x00>", 3}, {"a", 4},
                                 {"b", 5},     {"ab", 6},  {"abb", 7},  {"\u2581", 8}};
  tokenizer["model"]["merges"] = {"ab b", "a b"};
  tokenizer["added_tokens"] = {{{"id", 0}, {"content", "<unk>"}, {"special", true}},
                               {{"id", 1}, {"content", "<s>"}, {"special", true}},
                               {{"id", 2}, {"content", "</s>"}, {"special", true}}};
  write_json_file(directory / "model/tokenizer.json", tokenizer);
  const Graph graph = load<>(directory / "model");
  GgufExporter{}.write_file(ModelView(graph), directory / "model.gguf");
  const GgufFile file(directory / "model.gguf");
  CHECK(file.key("tokenizer.ggml.model").string() == "llama");
  CHECK(file.key("tokenizer.ggml.add_space_prefix").boolean());
  CHECK(file.key("tokenizer.ggml.add_bos_token").boolean());
  CHECK(file.key("tokenizer.ggml.unknown_token_id").integer() == 0);
  const auto scores = file.key("tokenizer.ggml.scores").numbers();
  CHECK(scores[7] == 0);
  CHECK(scores[6] == -1);
  CHECK(scores[4] < -1000);
  const auto types = file.key("tokenizer.ggml.token_type").integers();
  CHECK(std::vector<Index>(types.begin(), types.begin() + 5) == std::vector<Index>{2, 3, 3, 6, 1});
}

TEST_CASE("options of GGUF files that cannot be are refused by name") {
  const Graph graph = load<>(model_folder("llama-gqa"));
  const ModelView view(graph);
  expect_error<OptionError>([&] { GgufExporter{.type = GgufType::q4_k}.require_exportable(view); },
                            {"gguf: type", "Q4_K"});
  expect_error<OptionError>([&] { GgufExporter{.width_multiple = 0}.require_exportable(view); },
                            {"gguf: width_multiple"});
}
