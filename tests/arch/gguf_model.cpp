// SPDX-License-Identifier: MIT
// Models out of GGUF files. That llama.cpp computes the same is checked by tests/oracle.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/rewritten_gguf.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/gguf_model.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::filesystem::path model_folder(const std::string& model) {
  return source_path("tests/data/arch/" + model);
}

double difference(const ModelView& view, const Graph& graph) {
  return largest_difference(window_logits(view), window_logits(ModelView(graph)));
}

bool same_logits(const Graph& a, const Graph& b) {
  return difference(ModelView(a), b) == 0;
}

/// A small model as a GGUF file.
struct GgufCopy {
  TemporaryDirectory directory;
  Graph graph;
  std::filesystem::path file = directory / "small.gguf";

  explicit GgufCopy(const std::string& model, std::optional<GgufType> type = {}) : graph(load<>(model_folder(model))) {
    GgufExporter{.type = type}.write_file(ModelView(graph), file);
  }

  /// The same file with changes.
  [[nodiscard]] std::filesystem::path changed(const std::function<void(GgufContents&)>& change) const {
    rewrite_gguf(file, directory / "changed.gguf", change);
    return directory / "changed.gguf";
  }
};

/// Some channels and heads of each layer; nothing is removed.
Plan narrowed_plan(const Graph& graph) {
  Plan plan(graph);
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    plan.set_width(mlp_of(layer), 5 + 3 * layer);
    if (layer % 2 == 1) plan.set_width(attention_of(layer), graph.unit_width(attention_of(layer)));
  }
  return plan;
}

}  // namespace

TEST_CASE("a model comes back from a GGUF file with the same logits, bit for bit") {
  const std::string model =
      GENERATE("llama-gqa", "llama-mha", "llama-all-biases", "llama-head-dim", "llama-gqa-bf16-sharded",
               "llama-gqa-f16-sharded", "llama-gqa-tied-rope-llama3", "qwen2", "qwen2-untied");
  CAPTURE(model);
  const GgufCopy copy(model);
  const Graph read = load<>(copy.file);
  const ModelConfig &config = read.config(), &expected = copy.graph.config();
  CHECK(config.model_type == expected.model_type);
  CHECK(config.rms_norm_eps == expected.rms_norm_eps);
  CHECK(config.max_position_embeddings == expected.max_position_embeddings);
  CHECK(config.tie_word_embeddings == expected.tie_word_embeddings);
  CHECK(config.blocks[{0}].as<Attention>()->rope == expected.blocks[{0}].as<Attention>()->rope);
  CHECK(read.embed_tokens().dtype == copy.graph.embed_tokens().dtype);
  CHECK(same_logits(copy.graph, read));
  const Graph in_folder = load<>(copy.directory.path());  // the only one there
  CHECK(in_folder.origin().directory == copy.file);
  CHECK(in_folder.origin().name() == "small");
  const Graph released = load<>(copy.file, {.release_memory = true, .gguf = {.scratch_folder = copy.directory.path()}});
  for (Index block = 0; block < released.num_blocks(); ++block) {
    for (const WeightView& weight : released.weights()[BlockId{block}]) released.release(weight);
  }
  CHECK(same_logits(copy.graph, released));
}

TEST_CASE("bfloat16 and quantised values are those that were rounded, in the rows of the family") {
  const GgufCopy copy("llama-gqa", GgufType::q8_0);
  const auto share_of_range = [&](DType dtype) {
    const GgufModel model(copy.file, {.quantized_as = dtype});
    const StoredTensor tensor = model.get("model.layers.1.self_attn.q_proj.weight");
    CHECK(tensor.view.dtype == dtype);
    CHECK(model.info(tensor.name)->dtype == dtype);
    CHECK(model.get(tensor.name).view.data == tensor.view.data);
    const WeightView expected = copy.graph.weights()[attention_of(1)][Attention::q_proj];
    REQUIRE(tensor.view.rows == expected.rows);
    REQUIRE(tensor.view.columns == expected.columns);
    double largest = 0, range = 0;
    for (Index row = 0; row < expected.rows; ++row) {
      const auto value = [row](const WeightView& view, Index column) {
        return view.visit([&](const auto& values) { return static_cast<double>(to_float(values.row(row)[column])); });
      };
      for (Index column = 0; column < expected.columns; ++column) {
        range = std::max(range, std::abs(value(expected, column)));
        largest = std::max(largest, std::abs(value(expected, column) - value(tensor.view, column)));
      }
    }
    return largest / range;
  };
  CHECK(share_of_range(DType::float32) < 0.5 / 127 + 1e-3);  // half a step, and the step in half precision
  CHECK(share_of_range(DType::bfloat16) < 0.5 / 127 + 1e-3 + 1.0 / 256);
  expect_error<OptionError>([&] { GgufModel(copy.file, {.quantized_as = DType::float16}); }, {"quantized_as"});
}

TEST_CASE("what a plan leaves is a pruned model when it is read, and goes to every format again") {
  const std::string model = GENERATE("llama-gqa", "llama-all-biases", "qwen2-untied");
  const GgufCopy copy(model);
  for (unsigned seed = 0; seed < 8; ++seed) {
    CAPTURE(model, seed);
    const ModelView view(copy.graph, seed == 0 ? narrowed_plan(copy.graph) : random_plan(copy.graph, seed));
    GgufExporter{}.write_file(view, copy.file);
    const Graph read = load<>(copy.file);
    CHECK(read.config().model_type == copy.graph.config().model_type);
    CHECK(difference(view, read) < 1e-4);
    save(read, copy.directory / "ours", {.overwrite = true});
    CHECK(same_logits(load<>(copy.directory / "ours"), read));
    save_as(HuggingFaceHull{}, ModelView(read), copy.directory / "hf", {.overwrite = true});
    save_as(HuggingFaceDeci{}, ModelView(read), copy.directory / "hf-deci", {.overwrite = true});
    GgufExporter{}.write_file(ModelView(read), copy.directory / "again.gguf");
    CHECK(same_logits(load<>(copy.directory / "again.gguf"), read));
  }
}

TEST_CASE("layers whose groups of heads differ in size are a Nemotron-NAS model") {
  const GgufCopy copy("llama-mha");
  const Plan plan = narrowed_plan(copy.graph);
  save_as(HuggingFaceDeci{.exact_widths = true}, ModelView(copy.graph, plan), copy.directory / "deci");
  const Graph deci = load<>(copy.directory / "deci");
  GgufExporter{}.write_file(ModelView(deci), copy.file);
  const Graph read = load<>(copy.file);
  CHECK(read.config().model_type == "nemotron-nas");
  CHECK(same_logits(deci, read));
  Plan heads(deci);  // now query heads differ, too
  heads.set_width(attention_of(0), deci.unit_width(attention_of(0)));
  GgufExporter{}.write_file(ModelView(deci, heads), copy.file);
  CHECK(difference(ModelView(deci, heads), load<>(copy.file)) < 1e-4);
}

TEST_CASE("the scaling of Llama 3 is found by its factors") {
  const GgufCopy copy("llama-gqa-tied-rope-llama3");
  const RopeConfig expected = copy.graph.config().blocks[{0}].as<Attention>()->rope;
  const auto unsaid = copy.changed([](GgufContents& file) { file.drop("multipruner.rope_scaling"); });
  const RopeConfig found = load<>(unsaid).config().blocks[{0}].as<Attention>()->rope;
  CHECK(found.factor == Approx(expected.factor));
  CHECK(found.original_max_position_embeddings == expected.original_max_position_embeddings);
  CHECK(same_logits(load<>(unsaid), copy.graph));
  std::vector<float> others{1, 3, 2, 5, 1, 3, 2, 5};
  const auto other = copy.changed([&](GgufContents& file) {
    for (GgufTensor& tensor : file.tensors) {
      if (tensor.name != "rope_freqs.weight") continue;
      others.resize(static_cast<std::size_t>(tensor.shape[0]), 7);
      tensor.pieces = {WeightView(others.data(), DType::float32, 1, tensor.shape[0], tensor.shape[0])};
    }
  });
  expect_error<UnsupportedError>([&] { static_cast<void>(load<>(other)); },
                                 {"changed.gguf", "rope_freqs.weight", "Llama 3"});
}

TEST_CASE("what cannot be read from a GGUF file is refused by name") {
  const GgufCopy copy("llama-gqa");
  const auto refused = [&]<class Expected>(Expected*, const std::function<void(GgufContents&)>& change,
                                           std::vector<std::string> parts) {
    const auto file = copy.changed(change);
    parts.emplace_back("changed.gguf");
    expect_error<Expected>([&] { static_cast<void>(load<>(file)); }, parts);
  };
  UnsupportedError* const unsupported = nullptr;
  DataError* const wrong = nullptr;
  refused(unsupported, [](GgufContents& file) { file.set("general.architecture", std::string("mamba")); },
          {"general.architecture", "\"mamba\"", "llama, deci, qwen2, qwen3"});
  refused(unsupported, [](GgufContents& file) { file.set("llama.expert_count", std::uint32_t{8}); },
          {"llama.expert_count"});
  refused(unsupported, [](GgufContents& file) { file.set("llama.attention.sliding_window", std::uint32_t{512}); },
          {"llama.attention.sliding_window"});
  refused(unsupported, [](GgufContents& file) { file.set("llama.rope.dimension_count", std::uint32_t{2}); },
          {"llama.rope.dimension_count", "the size of heads"});
  refused(unsupported, [](GgufContents& file) { file.set("llama.attention.head_count_kv", std::uint32_t{3}); },
          {"llama.attention.head_count_kv", "in 3 groups"});
  refused(unsupported,
          [](GgufContents& file) {
            file.set("llama.rope.scaling.type", std::string("longrope"));
            file.set("llama.rope.scaling.factor", 4.0F);
          },
          {"rope_scaling", "longrope"});
  refused(wrong, [](GgufContents& file) { file.drop("llama.embedding_length"); }, {"llama.embedding_length"});
  refused(wrong, [](GgufContents& file) { file.set("llama.block_count", std::uint32_t{1000000}); },
          {"llama.block_count", "1000000"});
  refused(wrong, [](GgufContents& file) { file.set("llama.embedding_length", std::uint32_t{0}); },
          {"llama.embedding_length", "it is 0"});
  refused(wrong, [](GgufContents& file) { file.set("llama.feed_forward_length", std::vector<std::int32_t>{8}); },
          {"llama.feed_forward_length", "1 entries"});
  refused(wrong, [](GgufContents& file) { file.set("llama.feed_forward_length", std::uint32_t{7}); },
          {"mlp.gate_proj.weight", "asks for 7"});
  refused(wrong,
          [](GgufContents& file) {
            file.tensors.push_back(file.tensors.back());
            file.tensors.back().name = "blk.0.attn_wonder.weight";
          },
          {"blk.0.attn_wonder.weight", "no such tensor"});
  refused(wrong,
          [](GgufContents& file) {
            std::erase_if(file.tensors, [](const auto& t) { return t.name == "blk.0.attn_q.weight"; });
          },
          {"model.layers.0.self_attn.q_proj.weight"});
}
