// SPDX-License-Identifier: MIT
// The whole library on one page: prune a fifth of a language model away, and see what that costs.
//
//   quick_start [MODEL [CALIBRATION [OUT]]]
//
// MODEL is a Hugging Face folder (config.json, model.safetensors, tokenizer.json), CALIBRATION a text like those that
// the model will work on, and OUT the folder to write.

#include <cstdio>
#include <filesystem>

#include <multipruner/multipruner.hpp>
#include <multipruner/tokenizers.hpp>

using namespace multipruner;

int main(int argc, char** argv) try {
  const std::filesystem::path model = argc > 1 ? argv[1] : "examples/models/stories-1.6M";
  const std::filesystem::path text = argc > 2 ? argv[2] : model / "calibration.txt";
  const std::filesystem::path out = argc > 3 ? argv[3] : "pruned-model";

  const Graph dense = load<Llama>(model);  // weights are mapped, not read: quick for a model of any size
  const auto tokenizer = load_tokenizer(model);
  const Calibration calibration = read_calibration(text, *tokenizer, {.sequence_length = 256, .max_windows = 8});

  // A block is narrowed by dropping its last channels or heads, so the important ones go to the front.
  const Graph ordered = reorder(dense, order_units<L1>(dense));

  // What is measured, and how it is decided: whole blocks first, then MLP channels, then heads (shares 44 : 52 : 4).
  const Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 20, .split = {44, 52, 4}}};
  const Plan plan = pruner.plan(ordered, calibration);
  save(ModelView(ordered, plan), out, {.reordering = "l1"});

  const Graph pruned = load<Llama>(out);
  std::printf("           parameters  perplexity\n");
  std::printf("dense   %13td  %10.2f\n", count_parameters(dense.config()),
              perplexity(ModelView(dense), calibration.front()));
  std::printf("pruned  %13td  %10.2f\n", count_parameters(dense.config(), plan),
              perplexity(ModelView(pruned), calibration.front()));
  std::printf("The pruned model is in %s\n", out.c_str());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
