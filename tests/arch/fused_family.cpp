// SPDX-License-Identifier: MIT
// A made-up family that has nothing but a descriptor: q, k and v are one tensor, and so are gate and up; every layer
// has a rotary base of its own; and the rows of the head are normalised.

#include <cmath>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/pruner/pruner.hpp>

using namespace multipruner;
using test::RandomCheckpoint;
using test::TemporaryDirectory;

namespace {

struct Fused {
  static constexpr std::string_view model_type = "fused";

  static ModelConfig configure(const JsonReader& config) {
    DecoderConfig decoder = hugging_face::read_config(config);
    decoder.qkv_bias = decoder.mlp_bias = true;
    ModelConfig model = to_model(decoder);
    model.normalized_head = true;
    std::vector<BlockSpec> blocks;
    for (Index layer = 0; layer < model.num_hidden_layers; ++layer) {
      AttentionSpec attention = decoder.attention();
      attention.rope.theta = 10000.0 / static_cast<double>(1 + layer);
      blocks.push_back(BlockSpec::of<Attention>(attention, layer, model.hidden_size));
      blocks.push_back(BlockSpec::of<GatedMlp>(decoder.mlp(), layer, model.hidden_size));
    }
    model.blocks = BlockList(std::move(blocks));
    return model;
  }

  static std::string tensor_name(TensorRole role, Index layer) {
    static const std::map<std::string_view, std::string> fused{
        {"q_proj", "qkv.weight"},        {"k_proj", "qkv.weight"},      {"v_proj", "qkv.weight"},
        {"q_bias", "qkv.bias"},          {"k_bias", "qkv.bias"},        {"v_bias", "qkv.bias"},
        {"gate_proj", "gate_up.weight"}, {"up_proj", "gate_up.weight"}, {"gate_bias", "gate_up.bias"},
        {"up_bias", "gate_up.bias"}};
    const auto known = fused.find(role.name());
    const std::string name = known == fused.end() ? std::string(role.name()) : known->second;
    return layer < 0 ? name : "blocks." + std::to_string(layer) + "." + name;
  }
};
static_assert(Architecture<Fused>);

/// The same with every matrix of a block transposed, as GPT-2 has them.
struct Transposed : Fused {
  static bool is_transposed(TensorRole role) { return role.name().ends_with("_proj"); }
};
static_assert(Architecture<Transposed>);

/// The same without anything fused.
struct Apart : Fused {
  static std::string tensor_name(TensorRole role, Index layer) {
    return layer < 0 ? std::string(role.name()) : "blocks." + std::to_string(layer) + "." + std::string(role.name());
  }
};

const nlohmann::json config{{"model_type", "fused"},    {"vocab_size", 48},       {"hidden_size", 16},
                            {"intermediate_size", 24},  {"num_hidden_layers", 3}, {"num_attention_heads", 4},
                            {"num_key_value_heads", 2}, {"head_dim", 8}};

/// What a checkpoint of Apart looks like with its tensors fused.
RandomCheckpoint fused(const RandomCheckpoint& apart) {
  RandomCheckpoint result;
  result.config = apart.config;
  std::map<std::string, std::string> names;
  for_each_tensor_shape(
      Fused::configure(JsonReader(config, "config.json")), [&](const TensorPlace& place, TensorShape) {
        names[Apart::tensor_name(place.role, place.layer)] = Fused::tensor_name(place.role, place.layer);
      });
  for (const RandomCheckpoint::Tensor& tensor : apart.tensors) {
    const std::string& name = names.at(tensor.name);
    const auto known = std::ranges::find(result.tensors, name, &RandomCheckpoint::Tensor::name);
    if (known == result.tensors.end()) {
      result.tensors.push_back({name, tensor.shape, tensor.values});
    } else {
      known->shape.front() += tensor.shape.front();
      known->values.insert(known->values.end(), tensor.values.begin(), tensor.values.end());
    }
  }
  return result;
}

/// What a checkpoint of Fused looks like with its matrices transposed.
RandomCheckpoint transposed(RandomCheckpoint checkpoint) {
  for (RandomCheckpoint::Tensor& tensor : checkpoint.tensors) {
    if (!tensor.name.starts_with("blocks.") || tensor.shape.size() != 2) continue;
    const auto rows = static_cast<std::size_t>(tensor.shape[0]), columns = static_cast<std::size_t>(tensor.shape[1]);
    const std::vector<float> values = tensor.values;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        tensor.values[column * rows + row] = values[row * columns + column];
      }
    }
    std::swap(tensor.shape[0], tensor.shape[1]);
  }
  return checkpoint;
}

Calibration calibration_data() {
  std::vector<TokenId> tokens;
  for (TokenId i = 0; i < 128; ++i) tokens.push_back(i * i * 5 % 48);
  return make_calibration(tokens, 48, {.length = 32});
}

struct Folders {
  TemporaryDirectory directory;
  std::filesystem::path apart = directory / "apart", fused = directory / "fused", transposed = directory / "transposed",
                        pruned = directory / "pruned";

  Folders() {
    const auto checkpoint = RandomCheckpoint::make<Apart>(config);
    checkpoint.write(apart);
    const RandomCheckpoint together = ::fused(checkpoint);
    together.write(fused);
    ::transposed(together).write(transposed);
  }

  [[nodiscard]] const std::filesystem::path& of(const Fused&) const { return fused; }
  [[nodiscard]] const std::filesystem::path& of(const Transposed&) const { return transposed; }
};

}  // namespace

TEMPLATE_TEST_CASE("a fused checkpoint computes what its parts compute", "", Fused, Transposed) {
  const Folders folders;
  const Graph apart = load<Apart>(folders.apart), graph = load<TestType>(folders.of(TestType{}));
  const TokenWindows windows = calibration_data().front();
  CHECK(perplexity(ModelView(graph), windows) == perplexity(ModelView(apart), windows));
  const auto theta = [&](Index layer) {
    return graph.spec(*graph.config().blocks.find(layer, "attention")).as<Attention>()->rope.theta;
  };
  CHECK(theta(0) == 10000);
  CHECK(theta(2) == Approx(10000.0 / 3));
}

TEST_CASE("the rows of a normalised head do not matter in length") {
  const Folders folders;
  const Graph graph = load<Fused>(folders.fused);
  std::vector<float> longer;
  graph.lm_head().visit([&](const auto head) {
    for (Index row = 0; row < head.rows; ++row) {
      for (Index i = 0; i < head.columns; ++i) {
        longer.push_back(to_float(head.row(row)[i]) * static_cast<float>(1 << (row % 4)));
      }
    }
  });
  Weights weights = graph.weights();
  weights.ends[Ends::lm_head] = WeightView(longer.data(), 48, 16);
  const Graph other(graph.config(), weights, graph.storage());
  ModelConfig plain = graph.config();
  plain.normalized_head = false;
  const Graph without(plain, weights, graph.storage());

  const std::vector<TokenId> tokens{3, 14, 15, 9};
  Workspace workspace;
  const Matrix<float> stream = forward(ModelView(graph), tokens, {1, 4}, workspace);
  const auto logits_of = [&](const Graph& model) {
    Matrix<float> logits(4, 48);
    compute_logits(model, stream.view(), logits.view(), workspace);
    return logits;
  };
  const Matrix<float> logits = logits_of(graph), same = logits_of(other), raw = logits_of(without);
  for (Index token = 0; token < 48; ++token) {
    double squares = 0;
    for (Index i = 0; i < 16; ++i)
      squares += std::pow(static_cast<double>(longer[static_cast<std::size_t>(token * 16 + i)]), 2);
    for (Index row = 0; row < 4; ++row) {
      CHECK(same.view().row(row)[token] == logits.view().row(row)[token]);  // powers of two change no bit
      CHECK(logits.view().row(row)[token] == Approx(raw.view().row(row)[token] / std::sqrt(squares)).epsilon(1e-5));
    }
  }
  const TokenWindows windows = calibration_data().front();
  CHECK(perplexity(ModelView(graph), windows) == perplexity(ModelView(other), windows));
  CHECK(perplexity(ModelView(graph), windows) != perplexity(ModelView(without), windows));
}

TEMPLATE_TEST_CASE("a fused model is pruned and saved as one, and loaded again", "", Fused, Transposed) {
  const Folders folders;
  const Graph dense = load<TestType>(folders.of(TestType{}));
  const Graph ordered = reorder(dense, order_units<L1>(dense));
  const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 25, .split = {30, 50, 20}, .mlp_group = 4}};
  const ModelView view(ordered, pruner.plan(ordered, calibration_data()));
  save(view, folders.pruned);

  const Graph pruned = load<TestType>(folders.pruned);
  CHECK(Plan(pruned) == view.plan());
  CHECK(perplexity(ModelView(pruned), calibration_data().front()) == perplexity(view, calibration_data().front()));
  const Checkpoint written(folders.pruned);
  CHECK(written.info("blocks.0.q_proj") == nullptr);
  for (Index position = 0; position < pruned.num_blocks(); ++position) {
    const BlockId block{position};
    if (!pruned.spec(block).is<GatedMlp>() || !pruned.has(block)) continue;
    const std::string name = "blocks." + std::to_string(pruned.spec(block).layer()) + ".gate_up.";
    std::vector<Index> shape{2 * pruned.width(block), 16};
    if (std::is_same_v<TestType, Transposed>) std::swap(shape[0], shape[1]);
    CHECK(written.info(name + "weight")->shape == shape);
    CHECK(written.info(name + "bias")->shape == std::vector<Index>{2 * pruned.width(block)});
  }
}

TEST_CASE("a fused tensor of another size is refused by its name") {
  const Folders folders;
  auto checkpoint = fused(RandomCheckpoint::make<Apart>(config));
  auto& tensor = checkpoint.at("blocks.1.qkv.weight");
  tensor.shape.front() -= 1;
  tensor.values.resize(tensor.values.size() - 16);
  const auto folder = folders.directory / "wrong";
  checkpoint.write(folder);
  CHECK_THROWS_WITH(load<Fused>(folder), Catch::Contains("blocks.1.qkv.weight") && Catch::Contains("63 rows") &&
                                             Catch::Contains("asks for 64"));
}

TEST_CASE("memory of transposed matrices is given back without a change to what a model computes") {
  const Folders folders;
  const TokenWindows windows = calibration_data().front();
  const Graph kept = load<Transposed>(folders.transposed);
  const Graph released = load<Transposed>(folders.transposed, {.release_memory = true});
  CHECK(perplexity(ModelView(kept), windows) == perplexity(ModelView(released), windows));
}

TEST_CASE("a transposed tensor of another size is refused by its name") {
  const Folders folders;
  auto checkpoint = transposed(fused(RandomCheckpoint::make<Apart>(config)));
  auto& tensor = checkpoint.at("blocks.1.qkv.weight");
  tensor.shape.back() -= 1;
  tensor.values.resize(tensor.values.size() - 16);
  const auto folder = folders.directory / "wrong";
  checkpoint.write(folder);
  CHECK_THROWS_WITH(load<Transposed>(folder), Catch::Contains("blocks.1.qkv.weight") && Catch::Contains("63 columns") &&
                                                  Catch::Contains("asks for 64"));
}

TEST_CASE("tensors of different blocks that get one name are refused, not joined") {
  struct Careless : Apart {
    static std::string tensor_name(TensorRole role, Index) {
      return std::string(role.name());  // forgets the layer
    }
  };
  const Folders folders;
  const Graph graph = load<Apart>(folders.apart);
  Origin origin = graph.origin();
  origin.tensor_name = Careless::tensor_name;
  const Graph careless(graph.config(), graph.weights(), graph.storage(), origin);
  CHECK_THROWS_WITH(save(careless, folders.pruned), Catch::Contains("written twice"));
}

TEST_CASE("a row of zeros in a normalised head gives logits of zero") {
  const Folders folders;
  const Graph graph = load<Fused>(folders.fused);
  std::vector<float> head(48 * 16, 0.5f);
  std::fill_n(head.begin(), 16, 0.0f);
  Weights weights = graph.weights();
  weights.ends[Ends::lm_head] = WeightView(head.data(), 48, 16);
  const Graph zero(graph.config(), weights, graph.storage());
  CHECK(std::isfinite(perplexity(ModelView(zero), calibration_data().front())));
}
