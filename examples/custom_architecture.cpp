// SPDX-License-Identifier: MIT
// A model family of one's own. A family is data: how its config.json is read, and what its tensors are called.
// Everything else (loading, checking, running, pruning, saving) follows from that.
//
//   custom_architecture [FOLDER]
//
// Writes a small random checkpoint of the family below into FOLDER, prunes it, and reads the result again.

#include <cstdio>
#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/multipruner.hpp>

using namespace multipruner;

// "Storyteller" computes what Llama computes. Its config.json has one flag for all attention biases, which is on unless
// it is switched off, and its tensors are called by their roles: "decoder.3.q_proj".
struct Storyteller {
  static constexpr std::string_view model_type = "storyteller";

  static ModelConfig configure(const JsonReader& config) {
    DecoderConfig model =
        hugging_face::read_config(config);  // sizes, norms and rotary settings under their usual names
    model.qkv_bias = model.o_bias = config.get_or<bool>("bias", true);
    return to_model(model);
  }

  static std::string tensor_name(TensorRole role, Index layer) {
    const std::string name{name_of(role)};
    return layer < 0 ? name : "decoder." + std::to_string(layer) + "." + name;
  }
};
static_assert(Architecture<Storyteller>);

// Weights as if from a training run that has not begun yet.
void write_random_checkpoint(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_json_file(folder / "config.json", nlohmann::ordered_json{{"model_type", "storyteller"},
                                                                 {"vocab_size", 96},
                                                                 {"hidden_size", 32},
                                                                 {"intermediate_size", 64},
                                                                 {"num_hidden_layers", 4},
                                                                 {"num_attention_heads", 4},
                                                                 {"num_key_value_heads", 2}});
  const ModelConfig config = Storyteller::configure(JsonReader::open(folder / "config.json"));

  NumpyRandom random(0);
  std::list<std::vector<float>> memory;
  std::vector<StoredTensor> tensors;
  for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
    std::vector<float>& values = memory.emplace_back();
    for (Index i = 0; i < shape.rows * shape.columns; ++i) values.push_back(static_cast<float>(random.uniform() - 0.5));
    tensors.push_back({Storyteller::tensor_name(place.role, place.layer), place.extents(shape),
                       WeightView(values.data(), shape.rows, shape.columns)});
  });
  write_checkpoint(folder, tensors);
}

int main(int argc, char** argv) try {
  const std::filesystem::path folder = argc > 1 ? argv[1] : "storyteller";
  write_random_checkpoint(folder / "dense");

  const Graph dense = load<Storyteller, Llama>(folder / "dense");  // config.json says which of them it is
  std::vector<TokenId> tokens;
  for (TokenId i = 0; i < 256; ++i) tokens.push_back(i * 7 % 96);
  const Calibration calibration = make_calibration(tokens, dense.config().vocab_size, {.length = 32});

  const Graph ordered = reorder(dense, order_units<L1>(dense));
  const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 25, .mlp_group = 8}};
  const ModelView view(ordered, pruner.plan(ordered, calibration));
  save(view, folder / "pruned", {.reordering = "l1"});

  const Graph pruned = load<Storyteller>(folder / "pruned");
  std::printf("%td parameters, %td after pruning\n", count_parameters(view.config()),
              count_parameters(view.config(), view.plan()));
  // What was written computes what the view computed, to the last bit.
  return perplexity(ModelView(pruned), calibration.front()) == perplexity(view, calibration.front()) ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
